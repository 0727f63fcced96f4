package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.HookedIo;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.ReplicaJournal;
import io.walcast.sqlite.StockView;
import io.walcast.sqlite.Transfers;
import io.walcast.testing.SimulatedIo;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The making of a replica of the file that the parts of its snapshot were put in ends at each of
 * its steps in turn: by a kill, by a failure, by a power cut. Whoever comes next finds the replica
 * as it was before, or none, or all of it, and goes on.
 */
class StagedCreationTest {

  private static final int PAGE_SIZE = 1024;
  private static final int IN_PARTS = 10; // transactions
  private static final long SEED = Long.getLong("walcast.seed", System.nanoTime());
  private static final LiveOptions OPTIONS =
      new LiveOptions(1, 1000, Duration.ZERO, Duration.ofSeconds(5));

  @TempDir static Path shared;
  private static SqliteProcess sqlite;
  private static List<Primary.Transaction> transfers;
  private static SealedSegment lastPart;
  private static SealedSegment next;
  private static SealedSegment other; // of an older log with another page size
  private static Primary.Transaction otherState;
  private static int runs;

  @BeforeAll
  static void record() throws IOException {
    System.out.println("making replicas of parts, seed " + SEED);
    sqlite = SqliteProcess.start();
    try (Primary primary = new Primary(sqlite, shared.resolve("other.db"), 4096)) {
      List<Primary.Transaction> all = primary.transactions();
      otherState = Transfers.snapshot(all, all.size());
      other = new LogOfSegments(shared.resolve("other"), new UUID(1, 1), 1, 4096).seal(otherState);
    }
    transfers = Transfers.record(sqlite, shared.resolve("primary.db"), IN_PARTS + 5);
    LogOfSegments log = new LogOfSegments(shared.resolve("log"), new UUID(1, 2), 2, PAGE_SIZE);
    log.stating = true;
    Primary.Transaction parts = Transfers.snapshot(transfers, IN_PARTS);
    log.goOnWith(parts.pages(), parts.sizeAfter());
    lastPart = log.seal(transfers.subList(IN_PARTS, IN_PARTS + 2));
    next = log.seal(transfers.subList(IN_PARTS + 2, transfers.size()));
  }

  @AfterAll
  static void stop() throws IOException {
    for (SealedSegment segment : List.of(lastPart, next, other)) {
      segment.close();
    }
    sqlite.close();
  }

  static Stream<Arguments> kinds() {
    return Stream.of(ReplicaJournal.values())
        .flatMap(journal -> Stream.of(Arguments.of(journal, false), Arguments.of(journal, true)));
  }

  /** One replica, in a place of its own. */
  private record Place(Path root, ReplicaJournal journal) {

    static Place fresh(ReplicaJournal journal) {
      return new Place(shared.resolve("run" + ++runs), journal);
    }

    Path replica() {
      return root.resolve("replicas/replica.db");
    }

    LiveTarget open(Io io) throws IOException {
      return new LiveTarget(io, replica(), root.resolve("state/position"), OPTIONS, journal, false);
    }

    /** What a life does that is given the snapshot. */
    void make(Io io, LiveTarget target) throws IOException {
      try (StagedPages parts = new StagedPages(io, root.resolve("state/parts/1"), PAGE_SIZE)) {
        for (Map.Entry<Integer, byte[]> page :
            Transfers.snapshot(transfers, IN_PARTS).pages().entrySet()) {
          parts.put(page.getKey(), ByteBuffer.wrap(page.getValue()));
        }
        parts.flush();
        target.fold(List.of(lastPart), parts);
      }
    }
  }

  private static List<Optional<LogPosition>> allowed(boolean replacing) {
    List<Optional<LogPosition>> allowed = new ArrayList<>();
    allowed.add(Optional.empty());
    allowed.add(Optional.of(lastPart.end()));
    if (replacing) {
      allowed.add(Optional.of(other.end()));
    }
    return allowed;
  }

  /** The next life completes what is not, and applies what follows. */
  private static void goOn(Place place, Io io) throws IOException {
    try (LiveTarget target = place.open(io)) {
      if (!target.position().equals(Optional.of(lastPart.end()))) {
        place.make(io, target);
      }
      target.fold(List.of(next));
      target.force();
      assertThat(target.position()).contains(next.end());
    }
  }

  private static final class Death extends Error {}

  private static HookedIo dyingAfter(int calls) {
    int[] left = {calls};
    return new HookedIo(
        (operation, path) -> {
          if (left[0]-- <= 0) {
            throw new Death();
          }
        });
  }

  /** Makes the replica in a life that ends after so many calls; whether it got through. */
  private static boolean makeInALifeOf(int calls, Place place) throws IOException {
    HookedIo io = dyingAfter(calls);
    LiveTarget target = null;
    try {
      target = place.open(io);
      place.make(io, target);
      target.close();
      return true;
    } catch (Death e) {
      io.closeAll();
      bury(target);
      return false;
    }
  }

  /** Gives up what this process owns of a target whose files went with its life. */
  private static void bury(LiveTarget target) throws IOException {
    if (target != null) {
      try {
        target.close();
      } catch (Death | ClosedChannelException e) {
        assertThat(e).hasNoCause(); // the dead cannot write
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void afterAKillAtAnyStepItIsAbsentOrComplete(ReplicaJournal journal, boolean replacing)
      throws Exception {
    boolean finished = false;
    for (int calls = 0; !finished; calls++) {
      Place place = Place.fresh(journal);
      if (replacing) {
        try (LiveTarget target = place.open(new StandardIo())) {
          target.fold(List.of(other));
        }
      }
      finished = makeInALifeOf(calls, place);
      Optional<LogPosition> position = positionOf(place);
      assertThat(position).as("after %d calls", calls).isIn(allowed(replacing));
      assertThat(Files.exists(place.replica()))
          .as("after %d calls", calls)
          .isEqualTo(position.isPresent());
      if (position.equals(Optional.of(lastPart.end()))) {
        assertHealthy(place);
      } else {
        assertThat(finished).isFalse();
      }
      if (calls % 4 == 0) {
        goOn(place, new StandardIo());
        assertHealthy(place);
      }
    }
  }

  private static Optional<LogPosition> positionOf(Place place) throws IOException {
    try (LiveTarget target = place.open(new StandardIo())) {
      return target.position();
    }
  }

  private static void assertHealthy(Place place) {
    try (SqliteConnection reader = sqlite.open(place.replica())) {
      assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
      assertThat(reader.integrityCheck()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void afterAPowerCutAtAnyChangeItIsAbsentOrComplete(ReplicaJournal journal, boolean replacing)
      throws Exception {
    boolean cut = true;
    for (int n = 1; cut; n++) {
      String what = "-Dwalcast.seed=" + SEED + ", power cut at change " + n;
      Place place = onADisk(journal);
      try (SimulatedIo io = disk(place, n, replacing)) {
        io.cutPowerAt(n);
        boolean made = tryToMake(place, io, what);
        cut = io.failures() > 0;
        io.crash();
        assertState(place, io, made ? List.of(Optional.of(lastPart.end())) : allowed(replacing));
        goOn(place, io);
        io.crash();
        assertState(place, io, List.of(Optional.of(next.end())));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aFailureOfAnyChangeLeavesItAbsentOrComplete(ReplicaJournal journal, boolean replacing)
      throws Exception {
    boolean failed = true;
    for (int n = 1; failed; n++) {
      String what = "-Dwalcast.seed=" + SEED + ", failure of change " + n;
      Place place = onADisk(journal);
      try (SimulatedIo io = disk(place, n, replacing)) {
        io.failFrom(n, 1 + n % 3);
        boolean made = tryToMake(place, io, what);
        failed = io.heal();
        assertState(place, io, made ? List.of(Optional.of(lastPart.end())) : allowed(replacing));
        goOn(place, io);
        io.crash();
        assertState(place, io, List.of(Optional.of(next.end())));
      }
    }
  }

  private static Place onADisk(ReplicaJournal journal) throws IOException {
    Place place = Place.fresh(journal);
    Files.createDirectories(place.replica().getParent()); // FileOwnership wants a real one, too
    return place;
  }

  private static SimulatedIo disk(Place place, int n, boolean replacing) throws IOException {
    SimulatedIo io = new SimulatedIo(SEED + n, shared);
    io.mount(place.replica().getParent());
    io.mount(place.root().resolve("state"));
    if (replacing) {
      try (LiveTarget target = place.open(io)) {
        target.fold(List.of(other));
        target.force();
      }
    }
    return io;
  }

  private static boolean tryToMake(Place place, SimulatedIo io, String what) {
    try (LiveTarget target = place.open(io)) {
      place.make(io, target);
      return true;
    } catch (IOException e) {
      assertThat(e).as(what).hasStackTraceContaining("injected");
      return false;
    }
  }

  /**
   * The replica is at a position of these, and what stock SQLite would find is what it was then.
   */
  private static void assertState(
      Place place, SimulatedIo io, List<Optional<LogPosition>> positions) throws IOException {
    Optional<LogPosition> position;
    TreeMap<Integer, byte[]> found = null;
    if (io.exists(place.replica())) {
      found = StockView.pages(io, place.replica(), pageSize(io.content(place.replica())));
    }
    try (LiveTarget target = place.open(io)) {
      position = target.position();
    }
    assertThat(position).isIn(positions);
    assertThat(found == null).isEqualTo(position.isEmpty());
    if (position.isPresent()) {
      TreeMap<Integer, byte[]> expected = StockView.disowned(stateAt(position.get()).pages());
      assertThat(found.keySet()).isEqualTo(expected.keySet());
      for (Map.Entry<Integer, byte[]> page : expected.entrySet()) {
        assertThat(found.get(page.getKey()))
            .as("page %s", page.getKey())
            .isEqualTo(page.getValue());
      }
    }
  }

  private static int pageSize(byte[] database) {
    return ByteBuffer.wrap(database).getShort(16);
  }

  private static Primary.Transaction stateAt(LogPosition position) {
    if (position.equals(other.end())) {
      return otherState;
    }
    return Transfers.snapshot(
        transfers, position.equals(lastPart.end()) ? IN_PARTS + 2 : transfers.size());
  }
}
