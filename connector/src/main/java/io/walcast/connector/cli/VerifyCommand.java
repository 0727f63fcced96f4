package io.walcast.connector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.KafkaSegmentStorage;
import io.walcast.connector.storage.TopicScan;
import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import io.walcast.storage.DatabaseRestore;
import io.walcast.storage.SegmentKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Proves that every database can be restored right now, by doing it. */
@Command(
    name = "verify",
    description = "Restores each database to a temporary file, compares checksums, and deletes it.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {

  @Option(names = "--namespace", description = "Only this database.")
  private Namespace only;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description =
          "Where there is room for the largest database (default: that of temporary" + " files).")
  private Path directory;

  @Mixin private TopicOptions topic;
  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    Path scratch =
        directory == null
            ? Files.createTempDirectory("walcast-verify")
            : Files.createTempDirectory(directory, "walcast-verify");
    int failures = 0;
    try (FrameTopic frames = topic.open()) {
      TopicScan scan = topic.contents(frames).scan();
      KafkaSegmentStorage storage = new KafkaSegmentStorage(frames, scan.index());
      if (only != null && storage.newest(only).isEmpty()) {
        throw new IOException(only + " is not in " + frames.name());
      }
      for (Namespace namespace : scan.index().namespaces()) {
        if (only == null || only.equals(namespace)) {
          ObjectNode row = verify(namespace, storage, scratch.resolve("restored.db"));
          failures += row.get("result").asText().equals("FAILED") ? 1 : 0;
          output.row(row);
        }
      }
      output.problems(scan.problems());
      output.end();
    } finally {
      Files.delete(scratch);
    }
    return failures == 0 ? WalcastCommand.OK : WalcastCommand.FAILED;
  }

  private static ObjectNode verify(Namespace namespace, KafkaSegmentStorage storage, Path file)
      throws IOException {
    SegmentKey newest = storage.newest(namespace).orElseThrow();
    ObjectNode row = Output.object();
    row.put("namespace", namespace.name());
    row.put("frame", newest.endFrameNo());
    try {
      new DatabaseRestore(new StandardIo(), storage)
          .toFrame(namespace, newest.logId(), newest.endFrameNo(), file);
      boolean stated = storage.index(namespace, newest).databaseChecksum() != 0;
      row.put("result", stated ? "checked" : "restored");
      row.put("problem", stated ? "" : "the source stated no checksum");
    } catch (IOException e) {
      row.put("result", "FAILED");
      row.put("problem", e.getMessage());
    } finally {
      Files.deleteIfExists(file);
    }
    return row;
  }
}
