package io.walcast.connector.simulation;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.sink.ReplicaView;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * What holds after every step: a replica is what its primary was at the end of a segment, at the
 * frame that its task says; it never goes back but by a power cut, and then to nothing older than
 * what offsets were committed for; and it is never declared bad. For one thread.
 */
final class Invariants {

  private static final int NOTHING = -1;

  /** States in which records are left out for good, for want of others that retention has taken. */
  private static final Set<String> GIVEN_UP =
      Set.of("WAITING_FOR_SNAPSHOT", "QUARANTINED", "DIVERGED");

  /** Of one replica, as indexes into the states of its primary. */
  private static final class Known {
    private long changes = -1;
    private int at = NOTHING;
    private int promised = NOTHING;
    private boolean givenUp; // and what came since is not applied yet

    boolean hasGivenUp(ReplicaView now) {
      if (GIVEN_UP.contains(now.getState())) {
        givenUp = true;
      } else if (now.getState().equals("FOLLOWING")
          && now.getAppliedFrame() == now.getReceivedFrame()) {
        givenUp = false;
      }
      return givenUp;
    }
  }

  private record Replica(SimulatedSink sink, Captured primary) {}

  private final World world;
  private final Map<Replica, Known> known = new HashMap<>();

  Invariants(World world) {
    this.world = world;
  }

  private Known known(SimulatedSink sink, Captured primary) {
    return known.computeIfAbsent(new Replica(sink, primary), replica -> new Known());
  }

  /** Looks at all replicas of a sink that may have changed. */
  void check(SimulatedSink sink) {
    for (Captured primary : world.source.databases()) {
      Known replica = known(sink, primary);
      if (replica.changes != sink.disk.changes()) {
        replica.changes = sink.disk.changes();
        look(sink, primary, replica);
      }
      if (sink.isRunning() && !sink.isDead()) {
        sink.status(primary).ifPresent(status -> checkStatus(sink, primary, status));
      }
    }
  }

  private void look(SimulatedSink sink, Captured primary, Known replica) {
    int found = stateOf(sink, primary);
    if (found != NOTHING && found < replica.at) {
      fail(sink, primary, "it went back from state " + replica.at + " to " + found);
    }
    if (found != replica.at) {
      world.trace(sink.name() + ": " + primary.namespace + " is in state " + found);
    }
    replica.at = found;
  }

  /** The newest state that the replica is in. */
  private int stateOf(SimulatedSink sink, Captured primary) {
    Path database = sink.database(primary);
    if (!ReplicaReader.exists(sink.disk, database)) {
      return NOTHING;
    }
    List<byte[]> pages =
        ReplicaReader.pages(sink.disk, database, sink.isRunning() && !sink.isDead());
    List<Captured.State> states = primary.states();
    for (int i = states.size() - 1; i >= 0; i--) {
      if (states.get(i).holds(pages)) {
        return i;
      }
    }
    if (pages.size() <= 1) {
      return NOTHING; // the empty database that a snapshot in the making replaces
    }
    throw failure(sink, primary, "its " + pages.size() + " pages are no state of its primary");
  }

  private void checkStatus(SimulatedSink sink, Captured primary, ReplicaView status) {
    // What retention takes from the middle of a segment that is being read looks like damage. Where
    // it takes the snapshot of a source that counts frames again, only the checksum tells.
    String damage =
        switch (status.getState()) {
          case "QUARANTINED" -> "it lacks frames";
          case "DIVERGED" -> "would have the checksum";
          default -> null;
        };
    if (damage != null && !(status.getReason().contains(damage) && sink.hasLostRecords())) {
      fail(sink, primary, "it is " + status.getState() + ": " + status.getReason());
    }
    known(sink, primary).hasGivenUp(status);
    int at = known(sink, primary).at;
    long applied = status.getAppliedFrame();
    if (at == NOTHING ? applied > 0 : applied > 0 && !isAt(primary, at, applied)) {
      fail(
          sink,
          primary,
          "it is in state "
              + (at < 0 ? "nothing" : primary.states().get(at))
              + ", and says "
              + applied);
    }
  }

  /** Whether this, or the same under another number, was the state after a frame. */
  private static boolean isAt(Captured primary, int index, long frameNo) {
    Captured.State state = primary.states().get(index);
    return state.frameNo() == frameNo
        || primary.states().stream()
            .anyMatch(other -> other.frameNo() == frameNo && other.holds(state.pages()));
  }

  /** Offsets were committed: what is before them must never be needed again. */
  void committed(SimulatedSink sink, Map<TopicPartition, OffsetAndMetadata> offsets) {
    for (Captured primary : world.source.databases()) {
      for (Map.Entry<TopicPartition, OffsetAndMetadata> offset : offsets.entrySet()) {
        Optional<? extends ReplicaView> status = sink.status(primary);
        if (offset.getKey().partition() == primary.partition
            && status.filter(s -> !known(sink, primary).hasGivenUp(s)).isPresent()) {
          promise(sink, primary, offset.getKey(), offset.getValue().offset());
        }
      }
    }
  }

  private void promise(
      SimulatedSink sink, Captured primary, TopicPartition partition, long offset) {
    ModelAnnouncer published = world.source.announcerOf(primary);
    Announcement last = published.lastBefore(offset);
    if (last == null || published.isSnapshotAfter(offset)) {
      return; // a snapshot makes up for whatever was given up for it
    }
    if (!sink.hasAllFrom(partition, last.firstOffset())) {
      return; // it was sent past it, and may have to be brought up to it later
    }
    Known replica = known(sink, primary);
    for (int i = 0; i < primary.states().size(); i++) {
      Captured.State state = primary.states().get(i);
      if (state.logId().equals(last.logId())
          && state.epoch() == last.epoch()
          && state.frameNo() == last.endFrameNo()) {
        if (replica.promised < i) {
          replica.promised = i;
          world.trace(
              sink.name() + " has committed " + primary.namespace + "@" + offset + ", state " + i);
        }
      }
    }
    check(sink);
    checkPromise(sink, primary, replica);
  }

  /** The power was cut: a replica may have gone back. */
  void powerCut(SimulatedSink sink) {
    for (Captured primary : world.source.databases()) {
      Known replica = known(sink, primary);
      replica.at = NOTHING;
      look(sink, primary, replica);
      checkPromise(sink, primary, replica);
    }
  }

  private void checkPromise(SimulatedSink sink, Captured primary, Known replica) {
    if (replica.at < replica.promised) {
      fail(
          sink,
          primary,
          "it is in state "
              + replica.at
              + ", but offsets are committed up to state "
              + replica.promised
              + ", "
              + primary.states().get(replica.promised));
    }
  }

  /** A primary is deleted, and so may be what is made of it. */
  void deleted(Captured primary) {
    known.forEach(
        (replica, state) -> {
          if (replica.primary() == primary) {
            state.promised = NOTHING;
          }
        });
  }

  /** Whether a replica is all that it has to be. */
  boolean isComplete(SimulatedSink sink, Captured primary) {
    if (primary.isDeleted()) {
      return true;
    }
    Known replica = known(sink, primary);
    Optional<? extends ReplicaView> status = sink.status(primary);
    return replica.at == primary.states().size() - 1
        && status.filter(s -> !s.getState().equals("FOLLOWING")).isEmpty();
  }

  private void fail(SimulatedSink sink, Captured primary, String problem) {
    throw failure(sink, primary, problem);
  }

  AssertionError failure(SimulatedSink sink, Captured primary, String problem) {
    return new AssertionError(
        sink.name()
            + ", replica of "
            + primary.namespace
            + " at partition "
            + primary.partition
            + ": "
            + problem
            + " "
            + sink.status(primary).map(Object::toString).orElse("no status"));
  }
}
