package io.walcast.connector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walcast.connector.announce.Announcement;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.TopicIndex;
import io.walcast.connector.storage.TopicScan;
import io.walcast.segment.Namespace;
import io.walcast.storage.SegmentKey;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says which databases are in the topic. */
@Command(
    name = "list",
    description = "Lists the databases in the topic.",
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {

  @Mixin private TopicOptions topic;
  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    try (FrameTopic frames = topic.open()) {
      TopicScan scan = topic.contents(frames).scan();
      for (Namespace namespace : scan.index().namespaces()) {
        output.row(row(scan.index(), namespace));
      }
      output.problems(scan.problems());
      output.end();
      return scan.problems().isEmpty() ? WalcastCommand.OK : WalcastCommand.FAILED;
    }
  }

  private static ObjectNode row(TopicIndex index, Namespace namespace) throws IOException {
    List<SegmentKey> keys = index.keys(namespace);
    long records = 0;
    long snapshots = 0;
    long bytes = 0;
    Announcement newest = null;
    for (SegmentKey key : keys) {
      newest = index.run(namespace, key).orElseThrow();
      records += newest.records();
      bytes += newest.bytes();
      snapshots += newest.snapshot() ? 1 : 0;
    }
    ObjectNode row = Output.object();
    row.put("namespace", namespace.name());
    row.put("frame", newest.endFrameNo());
    row.put("epoch", Integer.toUnsignedLong(newest.epoch()));
    row.put("log", newest.logId().toString());
    row.put("sealed", newest.sealedAt().toString());
    row.put("pages", Integer.toUnsignedLong(newest.sizeAfter()));
    row.put("pageSize", newest.pageSize());
    row.put("segments", keys.size());
    row.put("snapshots", snapshots);
    row.put("records", records);
    row.put("bytes", bytes);
    return row;
  }
}
