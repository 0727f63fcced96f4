package io.walcast.connector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walcast.connector.announce.Announcement;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.KafkaSegmentStorage;
import io.walcast.connector.storage.TopicIndex;
import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import io.walcast.storage.DatabaseRestore;
import io.walcast.storage.SegmentKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Gets a database out of the topic, as it was at some time. */
@Command(
    name = "restore",
    description = {
      "Writes a database as an ordinary SQLite file: the newest state, or an earlier one.",
      "The file is there whole or not at all, and checked against the checksum that the source"
          + " stated for it."
    },
    mixinStandardHelpOptions = true)
final class RestoreCommand implements Callable<Integer> {

  /** At most one of both. */
  private static final class Moment {

    @Option(
        names = "--timestamp",
        paramLabel = "TIME",
        description = "The newest state sealed at or before this time, as 2026-01-31T12:00:00Z.")
    private Instant timestamp;

    @Option(
        names = "--frame",
        paramLabel = "N",
        description = "The newest state at or below this frame number of the newest log.")
    private Long frame;
  }

  @Option(names = "--namespace", required = true, description = "The database.")
  private Namespace namespace;

  @Option(names = "--to", required = true, paramLabel = "FILE", description = "The file to write.")
  private Path file;

  @Option(names = "--force", description = "Replace a file that is there. Nobody may have it open.")
  private boolean force;

  @ArgGroup private Moment moment;

  @Mixin private TopicOptions topic;
  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    refuseExisting();
    try (FrameTopic frames = topic.open()) {
      TopicContents contents = topic.contents(frames);
      try {
        splitAtMoment(frames, contents.index());
        return restore(frames, contents);
      } catch (IOException e) {
        if (!contents.isAnnounced()) {
          throw e;
        }
        topic.note(e.getMessage() + "; all of " + frames.name() + " is read");
        return restore(frames, topic.scanned(frames));
      }
    }
  }

  /** An announced run may be of many segments: the one in which the moment lies is looked into. */
  private void splitAtMoment(FrameTopic frames, TopicIndex index) throws IOException {
    if (moment == null) {
      return;
    }
    for (SegmentKey key : index.keys(namespace)) {
      boolean later =
          moment.timestamp != null
              ? key.sealedAt().isAfter(moment.timestamp)
              : key.covers(moment.frame) && key.endFrameNo() > moment.frame;
      Announcement run = index.run(namespace, key).orElseThrow();
      if (later && !run.snapshot() && run.segments() > 1) {
        index.split(run, frames);
      }
      if (later && moment.timestamp != null) {
        return; // what is sealed later still is of no interest
      }
    }
  }

  private int restore(FrameTopic frames, TopicContents contents) throws IOException {
    KafkaSegmentStorage storage = new KafkaSegmentStorage(frames, contents.index());
    SegmentKey newest =
        storage
            .newest(namespace)
            .orElseThrow(() -> new IOException(namespace + " is not in " + frames.name()));
    DatabaseRestore restore = new DatabaseRestore(new StandardIo(), storage);
    SegmentKey restored;
    if (moment != null && moment.timestamp != null) {
      restored = restore.toTime(namespace, moment.timestamp, file);
    } else {
      long frame = moment == null ? newest.endFrameNo() : moment.frame;
      restored = restore.toFrame(namespace, newest.logId(), frame, file);
    }
    output.fields(describe(restored, storage));
    return WalcastCommand.OK;
  }

  private void refuseExisting() throws IOException {
    for (String suffix : new String[] {"", "-wal", "-shm", "-journal"}) {
      Path existing = file.resolveSibling(file.getFileName() + suffix);
      boolean replaced = force && suffix.isEmpty();
      if (Files.exists(existing) && !replaced) {
        throw new IOException(
            existing
                + " exists"
                + (suffix.isEmpty()
                    ? "; --force replaces it"
                    : ", and would be" + " taken for a part of the restored database"));
      }
    }
  }

  private ObjectNode describe(SegmentKey restored, KafkaSegmentStorage storage) throws IOException {
    ObjectNode fields = Output.object();
    fields.put("namespace", namespace.name());
    fields.put("file", file.toString());
    fields.put("frame", restored.endFrameNo());
    fields.put("sealed", restored.sealedAt().toString());
    fields.put("log", restored.logId().toString());
    fields.put("epoch", Integer.toUnsignedLong(restored.epoch()));
    fields.put(
        "checked", storage.index(namespace, restored).databaseChecksum() == 0 ? "no" : "checksum");
    return fields;
  }
}
