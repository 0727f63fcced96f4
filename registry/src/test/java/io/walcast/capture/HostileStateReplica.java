package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoreCallback;
import io.walcast.testing.SimulatedIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Kafka and a replica behind it in one: what is published is applied at once, and never forgotten.
 * It takes segments when it likes and tells of it when it likes.
 */
final class HostileStateReplica implements SegmentStorage {

  /** What is on its way, or was taken and not told of yet. */
  private record Handed(SealedSegment segment, StoreCallback callback) {}

  /** A point in a log. */
  record Point(UUID logId, long frameNo) {}

  private final SimulatedIo io;
  private final SplittableRandom random;
  private final String description;
  private final Map<Point, TreeMap<Integer, Integer>> states; // of the source, by where they end
  private final Deque<Handed> waiting = new ArrayDeque<>();
  private final Deque<Handed> untold = new ArrayDeque<>();
  private final Set<Point> taken = new HashSet<>(); // all ends of segments
  private final TreeMap<Integer, Integer> pages = new TreeMap<>();
  private UUID logId; // null: nothing was published
  private long frameNo;
  private int epoch;
  private int published;

  HostileStateReplica(
      SimulatedIo io,
      SplittableRandom random,
      Map<Point, TreeMap<Integer, Integer>> states,
      String description) {
    this.io = io;
    this.random = random;
    this.states = states;
    this.description = description;
  }

  @Override
  public void store(Namespace namespace, SealedSegment segment, StoreCallback callback) {
    waiting.add(new Handed(segment, callback));
  }

  @Override
  public void forget(Namespace namespace) {
    waiting.clear();
    untold.clear();
  }

  /** Takes one segment; half the time nobody is told. */
  void deliver() throws IOException {
    Handed next = waiting.peek();
    if (next == null) {
      if (!untold.isEmpty()) {
        Handed known = untold.remove();
        known.callback().durable(known.segment().lastFrameNo());
      }
      return;
    }
    take();
    if (random.nextBoolean() && untold.size() == 1) {
      untold.remove().callback().durable(next.segment().lastFrameNo());
    }
  }

  /** Takes one segment, if there is one, and tells nobody yet. */
  void take() throws IOException {
    Handed next = waiting.peek();
    if (next == null) {
      return;
    }
    if (next.segment().retain()) {
      try {
        publish(next.segment());
      } finally {
        next.segment().release();
      }
    }
    untold.add(waiting.remove());
  }

  void deliverAll() throws IOException {
    while (!waiting.isEmpty() || !untold.isEmpty()) {
      deliver();
    }
  }

  private void publish(SealedSegment segment) throws IOException {
    while (io.now().getEpochSecond() <= Integer.toUnsignedLong(segment.epoch())) {
      io.advanceNanos(1_000_000_000L); // as the source does, which publishes nothing before
    }
    Point end = new Point(segment.logId(), segment.lastFrameNo());
    String what = description + ": " + segment;
    boolean again = segment.logId().equals(logId) && segment.lastFrameNo() <= frameNo;
    TreeMap<Integer, Integer> frames = new TreeMap<>();
    ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
    for (int i = 0; i < segment.pageCount(); i++) {
      long number = segment.readPage(i, page.clear());
      int version = (int) page.flip().getLong(0);
      frames.put(segment.pageNo(i), version);
      boolean used = segment.logId().equals(logId) && number <= frameNo;
      assertThat(used && !again).as(what + " has frame " + number + " again").isFalse();
    }
    if (again) {
      assertThat(taken).as(what + " is not what was published").contains(end);
    } else {
      apply(segment, frames, what);
      taken.add(end);
    }
    TreeMap<Integer, Integer> state = states.get(end);
    assertThat(state).as(what + " ends inside a transaction").isNotNull();
    if (again) {
      frames.forEach(
          (pageNo, version) -> assertThat(state).as(what).containsEntry(pageNo, version));
    } else {
      assertThat(pages).as(what + ": the replica").isEqualTo(state);
    }
  }

  private void apply(SealedSegment segment, TreeMap<Integer, Integer> frames, String what) {
    if (segment.logId().equals(logId)) {
      assertThat(segment.startFrameNo() <= frameNo + 1 || segment.isSnapshot())
          .as(what + " leaves a gap after frame " + frameNo)
          .isTrue();
      assertThat(Integer.compareUnsigned(segment.epoch(), epoch)).as(what).isNotNegative();
    } else {
      assertThat(segment.isSnapshot()).as(what + " begins a log without a snapshot").isTrue();
      assertThat(logId == null || Integer.compareUnsigned(segment.epoch(), epoch) > 0)
          .as(what + " is refused: epoch " + epoch)
          .isTrue();
    }
    if (segment.isSnapshot()) {
      pages.clear();
    }
    pages.putAll(frames);
    pages.tailMap(segment.sizeAfter(), false).clear();
    logId = segment.logId();
    frameNo = segment.lastFrameNo();
    epoch = segment.epoch();
    published++;
  }

  /** How many segments came. */
  int published() {
    return published;
  }

  TreeMap<Integer, Integer> pages() {
    return pages;
  }

  @Override
  public long durableFrameNo(Namespace namespace) {
    return 0;
  }

  @Override
  public void shutdown() {
    waiting.clear();
    untold.clear();
  }
}
