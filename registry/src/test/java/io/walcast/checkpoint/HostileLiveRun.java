package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.LiveDatabase;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.PinnedReader;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.ReplicaJournal;
import io.walcast.sqlite.StockView;
import io.walcast.testing.SimulatedIo;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A live replica on a disk that fails, which is given the segments of a primary one after the
 * other, and what it has to be after each.
 *
 * <p>Reported durable is what had been folded when {@link LiveTarget#force} returned.
 */
final class HostileLiveRun implements Closeable {

  /** Eight frames and it checkpoints: often in the middle of things, and with pages left over. */
  private static final LiveOptions OPTIONS = new LiveOptions(8, 1000, Duration.ZERO, Duration.ZERO);

  private static final int PAGE_SIZE = 1024;

  final SimulatedIo io;
  private final SplittableRandom random;
  private final List<SealedSegment> segments;
  private final List<Primary.Transaction> states; // after so many segments
  private final String description;
  private final Path database;
  private final ReplicaJournal journal;
  private final Path positionFile;
  private LiveTarget target; // null: closed
  private PinnedReader reader; // null: nobody reads
  private int read; // the state that it reads
  private int applied; // segments
  private int attempted; // more than applied only while it is not known whether a fold was applied
  private int durable;

  HostileLiveRun(
      long seed,
      Path directory,
      ReplicaJournal journal,
      List<SealedSegment> segments,
      List<Primary.Transaction> states,
      String description) {
    this.io = new SimulatedIo(seed, directory);
    this.random = new SplittableRandom(seed);
    this.journal = journal;
    this.segments = segments;
    this.states = states;
    this.description = "-Dwalcast.seed=" + seed + ", " + description;
    Path replica = io.mount(directory.resolve("replica")); // FileOwnership wants a real one, too
    this.database = replica.resolve("r.db");
    this.positionFile = io.mount(directory.resolve("state")).resolve(".position");
  }

  boolean isDone() {
    return applied == segments.size();
  }

  int applied() {
    return applied;
  }

  void step() throws IOException {
    if (target == null) {
      target = newTarget();
      settle();
      return;
    }
    checkReader();
    switch (random.nextInt(10)) {
      case 0 -> {
        target.force();
        durable = applied;
      }
      case 1 -> closeAndLeaveToStock();
      case 2 -> beginReader();
      case 3 -> endReader();
      default -> fold();
    }
  }

  /** Half the time a stock reader comes and goes, which takes WAL and wal-index away. */
  private void closeAndLeaveToStock() throws IOException {
    closeTarget();
    if (random.nextBoolean() && io.exists(database) && journal == ReplicaJournal.WAL) {
      boolean folded;
      try (LiveDatabase stock = LiveDatabase.open(io, database, OPTIONS)) {
        folded = stock.checkpoint();
      }
      if (folded) {
        io.delete(database.resolveSibling("r.db-wal"));
        io.delete(database.resolveSibling("r.db-shm"));
      }
    }
  }

  /** At most one, so that there is always a checkpoint that it lets through. */
  private void beginReader() throws IOException {
    if (reader == null && journal == ReplicaJournal.WAL && io.exists(database)) {
      settle();
      if (applied > 0) {
        reader = PinnedReader.begin(io, database, PAGE_SIZE).orElse(null);
        read = applied;
        checkReader();
      }
    }
  }

  private void checkReader() throws IOException {
    if (reader != null) {
      assertThat(same(reader.pages(), states.get(read - 1)))
          .as("%s: a reader still reads state %d at %d", description, read, applied)
          .isTrue();
    }
  }

  private void endReader() throws IOException {
    PinnedReader ended = reader;
    if (ended != null) {
      checkReader();
      reader = null;
      ended.end();
    }
  }

  private void fold() throws IOException {
    settle(); // a replica that could not be opened or synced after the fold is there all the same
    int upTo = Math.min(segments.size(), applied + 1 + random.nextInt(2));
    if (upTo > applied) {
      attempted = upTo;
      target.fold(segments.subList(applied, upTo));
      applied = upTo;
    }
  }

  /** Finds out whether a fold that failed was applied; it has to be one or the other. */
  void settle() throws IOException {
    if (target != null) {
      applied = positionAmong(applied, attempted);
      attempted = applied;
    }
  }

  /** Nothing is in doubt while the machine is up: a failed fold was not applied. */
  void checkNothingApplied() throws IOException {
    if (target != null) {
      attempted = applied;
      assertThat(position()).as(description).isEqualTo(applied);
    }
  }

  private LiveTarget newTarget() throws IOException {
    return new LiveTarget(io, database, positionFile, OPTIONS, journal, false);
  }

  private int positionAmong(int one, int other) throws IOException {
    int position = position();
    assertThat(position).as(description).isIn(one, other);
    return position;
  }

  private int position() throws IOException {
    Optional<LogPosition> position = target.position();
    if (position.isEmpty()) {
      return 0;
    }
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i).end().equals(position.get())) {
        return i + 1;
      }
    }
    throw new AssertionError(description + ": no segment ends at " + position.get());
  }

  /**
   * Power goes and comes back. What a stock reader would find, and what the replica says that it
   * is, are the same state: one between what was durable and what was last attempted.
   */
  void crashAndReopen(boolean twice) throws IOException {
    io.crash();
    reader = null; // went with the machine
    try {
      closeTarget();
    } catch (IOException e) {
      assertInjected(e); // the dead cannot write, and give up what they hold all the same
    }
    check();
    if (twice) {
      io.cutPowerAt(1 + random.nextInt(6));
      try (LiveTarget cut = newTarget()) {
        cut.position();
      } catch (IOException e) {
        assertInjected(e);
      }
      io.crash();
      check();
    }
    target = newTarget();
    int found = position();
    assertThat(found).as(description).isBetween(durable, attempted);
    applied = found;
    attempted = found;
    checkContent();
  }

  private void check() throws IOException {
    if (!io.exists(database)) {
      assertThat(durable).as(description).isZero();
      return;
    }
    TreeMap<Integer, byte[]> pages = StockView.pages(io, database, PAGE_SIZE);
    for (int i = durable; i <= attempted; i++) {
      if (i == 0 ? pages.size() <= 1 : same(pages, states.get(i - 1))) {
        return;
      }
    }
    List<Integer> found =
        IntStream.rangeClosed(1, states.size())
            .filter(i -> same(pages, states.get(i - 1)))
            .boxed()
            .toList();
    throw new AssertionError(
        description + ": not a state from " + durable + " to " + attempted + ", but " + found);
  }

  /** Right now the files hold what has been applied. */
  void checkContent() throws IOException {
    if (applied > 0) {
      TreeMap<Integer, byte[]> pages = StockView.pages(io, database, PAGE_SIZE);
      assertThat(same(pages, states.get(applied - 1))).as(description).isTrue();
    }
  }

  private static boolean same(TreeMap<Integer, byte[]> pages, Primary.Transaction state) {
    TreeMap<Integer, byte[]> expected = StockView.disowned(state.pages());
    return pages.keySet().equals(expected.keySet())
        && pages.keySet().stream()
            .allMatch(pageNo -> Arrays.equals(pages.get(pageNo), expected.get(pageNo)));
  }

  void assertInjected(IOException e) {
    assertThat(e).as(description).hasStackTraceContaining("injected");
  }

  /** Puts database and WAL where stock SQLite can open them; no wal-index, as after a reboot. */
  void export(Path directory) throws IOException {
    io.delete(database.resolveSibling("r.db-shm"));
    io.export(database.getParent(), directory);
  }

  @Override
  public void close() throws IOException {
    try (io) {
      closeTarget();
    }
  }

  void closeTarget() throws IOException {
    endReader();
    LiveTarget open = target;
    target = null;
    if (open != null) {
      open.close();
    }
  }
}
