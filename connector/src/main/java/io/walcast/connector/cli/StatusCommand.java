package io.walcast.connector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walcast.checkpoint.AppliedPosition;
import io.walcast.connector.announce.Announcement;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.connector.storage.TopicIndex;
import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import io.walcast.storage.SegmentKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says how far each database is in the topic and in the replicas of a directory. */
@Command(
    name = "status",
    description = {
      "Says how far each database is: the newest frame in the topic, the newest that is announced,",
      "and with --directory the newest that the replica there has, and how far that is behind.",
      "The exit code is 1 if a replica is missing or its position cannot be told."
    },
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {

  @Option(names = "--namespace", description = "Only this database.")
  private Namespace only;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "Replicas to look at, replicas.directory of a sink on this machine.")
  private Path directory;

  @Option(
      names = "--state-directory",
      paramLabel = "DIR",
      description = "The sink's state.directory (default: .walcast below --directory).")
  private Path state;

  @Mixin private TopicOptions topic;
  @Mixin private Output output;

  @Override
  public Integer call() throws IOException {
    boolean well = true;
    try (FrameTopic frames = topic.open()) {
      TopicContents contents = topic.contents(frames);
      for (Namespace namespace : contents.index().namespaces()) {
        if (only == null || only.equals(namespace)) {
          well &= row(contents, namespace);
        }
      }
      output.problems(contents.scan().problems());
      output.end();
      return well && contents.scan().problems().isEmpty()
          ? WalcastCommand.OK
          : WalcastCommand.FAILED;
    }
  }

  private boolean row(TopicContents contents, Namespace namespace) throws IOException {
    TopicIndex index = contents.index();
    List<SegmentKey> keys = index.keys(namespace);
    SegmentKey newest = keys.get(keys.size() - 1);
    ObjectNode row = Output.object();
    row.put("namespace", namespace.name());
    row.put("frame", newest.endFrameNo());
    row.put("sealed", newest.sealedAt().toString());
    row.put(
        "announced",
        contents.announced().newest(namespace).map(Announcement::endFrameNo).orElse(0L));
    boolean well = true;
    if (directory != null) {
      Optional<AppliedPosition> applied = applied(namespace);
      long frame = applied.map(AppliedPosition::frameNo).orElse(0L);
      boolean sameLog = applied.filter(a -> a.logId().equals(newest.logId())).isPresent();
      row.put("applied", frame);
      row.put(
          "lagFrames", sameLog ? Math.max(0, newest.endFrameNo() - frame) : newest.endFrameNo());
      row.put("lagMs", sameLog ? lagMs(keys, newest, frame) : -1);
      row.put("replica", state(applied.isPresent(), sameLog, frame >= newest.endFrameNo()));
      well = applied.isPresent();
    }
    output.row(row);
    return well;
  }

  private static String state(boolean there, boolean sameLog, boolean all) {
    if (!there) {
      return "missing";
    }
    return !sameLog ? "other log" : all ? "current" : "behind";
  }

  /** Between the sealing of the newest frame and of what the replica has; -1: not known. */
  private static long lagMs(List<SegmentKey> keys, SegmentKey newest, long frame) {
    for (int i = keys.size() - 1; i >= 0; i--) {
      SegmentKey key = keys.get(i);
      if (key.logId().equals(newest.logId()) && key.endFrameNo() <= frame) {
        return newest.sealedAt().toEpochMilli() - key.sealedAt().toEpochMilli();
      }
    }
    return -1;
  }

  private Optional<AppliedPosition> applied(Namespace namespace) throws IOException {
    Path states = state == null ? directory.resolve(".walcast") : state;
    return AppliedPosition.look(
        new StandardIo(),
        directory.resolve(namespace.name() + ".db"),
        states.resolve(namespace.name()).resolve(".position"));
  }
}
