package io.walcast.connector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walcast.io.StandardIo;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks into a segment file. */
@Command(
    name = "inspect",
    description = "Shows what a sealed segment file holds, and verifies each page of it.",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "A segment: <state>/<namespace>/.wal/*.seg")
  private Path file;

  @Option(names = "--pages", description = "A row for each page, too.")
  private boolean pages;

  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    try (SealedSegment segment = SealedSegment.open(new StandardIo(), file)) {
      output.fields(describe(segment));
      ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
      for (int i = 0; i < segment.pageCount(); i++) {
        long frameNo = segment.readPage(i, page.clear()); // damage is an error, named
        if (pages) {
          ObjectNode row = Output.object();
          row.put("page", Integer.toUnsignedLong(segment.pageNo(i)));
          row.put("frame", frameNo);
          output.row(row);
        }
      }
      output.end();
      return WalcastCommand.OK;
    }
  }

  private static ObjectNode describe(SealedSegment segment) {
    ObjectNode fields = Output.object();
    fields.put("file", segment.path().toString());
    fields.put("log", segment.logId().toString());
    fields.put("epoch", Integer.toUnsignedLong(segment.epoch()));
    fields.put("startFrame", segment.startFrameNo());
    fields.put("endFrame", segment.lastFrameNo());
    fields.put("frames", segment.frameCount());
    fields.put("pages", segment.pageCount());
    fields.put("pageSize", segment.pageSize());
    fields.put("sizeAfter", Integer.toUnsignedLong(segment.sizeAfter()));
    fields.put("snapshot", segment.isSnapshot());
    fields.put("sealed", segment.sealedAt().toString());
    fields.put("databaseChecksum", String.format("%016x", segment.databaseChecksum()));
    fields.put("bytes", segment.sizeBytes());
    return fields;
  }
}
