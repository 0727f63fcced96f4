package io.walcast.connector.simulation;

import io.walcast.connector.wire.FramePlace;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.Namespace;
import io.walcast.sqlite.PageHash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A database and its capture: commits, seals segments, takes snapshots, is restarted, loses its
 * state, is deleted and born again. Remembers what the database was at the end of each segment. For
 * one thread.
 */
final class Captured {

  /** What the database was after a frame. Frame numbers count within an epoch. */
  record State(UUID logId, int epoch, long frameNo, int pageSize, List<byte[]> pages) {

    @Override
    public String toString() {
      return pages.size()
          + " pages after frame "
          + frameNo
          + " of epoch "
          + epoch
          + " of log "
          + logId;
    }

    boolean holds(List<byte[]> found) {
      boolean same = found.size() == pages.size();
      for (int i = 0; same && i < found.size(); i++) {
        same = Arrays.equals(found.get(i), pages.get(i));
      }
      return same;
    }
  }

  /** The records of a segment, when it was sealed, and the state it ends in, if in any. */
  record Sealed(List<byte[]> records, long sealedAtMs, Optional<State> state) {}

  final Namespace namespace;
  final int partition;
  private final Dice dice;
  private final Clock clock;
  private final List<State> states = new ArrayList<>();
  private final Deque<Sealed> outgoing = new ArrayDeque<>();
  private final TreeMap<Integer, Long> pending = new TreeMap<>();
  private int sent; // of the first outgoing
  private UUID logId;
  private int epoch;
  private int pageSize;
  private List<byte[]> pages = List.of();
  private long lastFrameNo;
  private long sealedFrameNo;
  private boolean needsSnapshot;
  private boolean deleted = true;
  private int partsRead; // pages that the parts of a snapshot have; 0: there is none

  Captured(String name, int partition, Dice dice, Clock clock) {
    this.namespace = new Namespace(name);
    this.partition = partition;
    this.dice = dice;
    this.clock = clock;
    beBorn();
  }

  boolean isDeleted() {
    return deleted;
  }

  /** Everything that a replica may ever be. */
  List<State> states() {
    return states;
  }

  /** What a replica has to be in the end, once all is published; {@code null} for nothing. */
  State newest() {
    return states.isEmpty() ? null : states.get(states.size() - 1);
  }

  /** Another database under the name: of any page size, in a log of its own. */
  void beBorn() {
    deleted = false;
    pageSize = 512 << dice.below(2);
    pages = List.of();
    change(1 + dice.below(12));
    beginLog();
  }

  private void beginLog() {
    logId = dice.uuid();
    epoch++;
    lastFrameNo = 0;
    abandon();
  }

  private void abandon() {
    sealedFrameNo = lastFrameNo;
    outgoing.clear();
    pending.clear();
    sent = 0;
    partsRead = 0;
    needsSnapshot = true;
  }

  /** The application deletes it; what was on its way goes nowhere. */
  void delete() {
    deleted = true;
    abandon();
  }

  /** Commits a transaction. */
  void commit() {
    change(Math.max(1, pages.size() + dice.below(7) - 3));
  }

  private void change(int size) {
    List<byte[]> next = new ArrayList<>(pages.subList(0, Math.min(size, pages.size())));
    List<Integer> changed = new ArrayList<>();
    for (int pageNo = next.size() + 1; pageNo <= size; pageNo++) {
      next.add(null);
      changed.add(pageNo);
    }
    for (int n = dice.below(4); n > 0; n--) {
      changed.add(1 + dice.below(size));
    }
    changed.add(dice.below(changed.size() + 1), 1);
    for (int pageNo : changed) {
      next.set(pageNo - 1, content(pageNo));
      pending.put(pageNo, ++lastFrameNo);
    }
    lastFrameNo += dice.oneIn(5) ? dice.below(4) : 0; // of pages that are gone again
    ByteBuffer.wrap(next.get(0)).putInt(28, size);
    pending.tailMap(size, false).clear();
    pages = next;
  }

  private byte[] content(int pageNo) {
    ByteBuffer page = ByteBuffer.allocate(pageSize);
    if (pageNo == 1) {
      page.put("SQLite format 3\0".getBytes(StandardCharsets.US_ASCII));
      page.putShort((short) pageSize).put((byte) 2).put((byte) 2);
      page.put(new byte[] {0, 64, 32, 32});
    }
    page.putLong(pageSize - 16, dice.anyLong()).putInt(pageSize - 8, pageNo);
    return page.array();
  }

  /** Whether there is something to seal, and what is on its way does not pile up. */
  boolean maySeal() {
    return !deleted
        && outgoing.size() < 3
        && (needsSnapshot || partsRead > 0 || !pending.isEmpty());
  }

  /** Seals what comes next: a segment, a snapshot, or a part of one. */
  void seal() throws InvalidFrameException {
    if (partsRead > 0) {
      sealPart();
    } else if (needsSnapshot && dice.oneIn(2)) {
      sealPart();
    } else if (needsSnapshot) {
      sealSnapshot();
    } else {
      seal(SegmentKind.CHANGES, new TreeMap<>(pending), lastFrameNo);
      pending.clear();
    }
  }

  /** The next that is sealed is a snapshot. */
  void askForSnapshot() {
    needsSnapshot = true;
  }

  private void sealSnapshot() throws InvalidFrameException {
    seal(SegmentKind.SNAPSHOT, numbered(1, pages.size()), lastFrameNo + pages.size());
    pending.clear();
    needsSnapshot = false;
  }

  /** The last one has what changed while the others were read. */
  private void sealPart() throws InvalidFrameException {
    int from = partsRead + 1;
    int to = from + dice.below(6);
    if (partsRead == 0) {
      pending.clear();
    }
    if (to < pages.size()) {
      int count = to - from + 1;
      seal(
          partsRead == 0 ? SegmentKind.FIRST_PART : SegmentKind.PART,
          numbered(from, to),
          lastFrameNo + count);
      partsRead = to;
    } else if (partsRead == 0) {
      sealSnapshot();
    } else {
      TreeMap<Integer, Long> rest = new TreeMap<>(pending);
      for (int pageNo = from; pageNo <= pages.size(); pageNo++) {
        rest.put(pageNo, 0L);
      }
      rest.put(1, 0L);
      long frameNo = lastFrameNo;
      for (int pageNo : rest.keySet()) {
        rest.put(pageNo, ++frameNo);
      }
      seal(SegmentKind.LAST_PART, rest, frameNo);
      pending.clear();
      partsRead = 0;
      needsSnapshot = false;
    }
  }

  private TreeMap<Integer, Long> numbered(int from, int to) {
    TreeMap<Integer, Long> numbered = new TreeMap<>();
    for (int pageNo = from; pageNo <= to; pageNo++) {
      numbered.put(pageNo, lastFrameNo + 1 + pageNo - from);
    }
    return numbered;
  }

  private void seal(SegmentKind kind, TreeMap<Integer, Long> frames, long end)
      throws InvalidFrameException {
    List<byte[]> records = new ArrayList<>();
    boolean state = kind.isEnd();
    for (int pageNo : frames.keySet()) {
      FramePlace place = FramePlace.of(records.size(), frames.size());
      boolean commits = place.last() && state;
      records.add(
          new FrameRecord(
                  place,
                  kind,
                  pageSize,
                  pageNo,
                  sealedFrameNo + 1,
                  end,
                  frames.get(pageNo),
                  logId,
                  epoch,
                  commits ? pages.size() : 0,
                  commits ? checksum() : 0,
                  ByteBuffer.wrap(pages.get(pageNo - 1)))
              .encode());
    }
    lastFrameNo = end;
    sealedFrameNo = end;
    outgoing.add(
        new Sealed(records, clock.nowMs(), state ? Optional.of(present()) : Optional.empty()));
  }

  private State present() {
    List<byte[]> now = new ArrayList<>(pages);
    now.set(0, ReplicaReader.disowned(now.get(0)));
    return new State(logId, epoch, lastFrameNo, pageSize, now);
  }

  private long checksum() {
    long sum = 0;
    for (int i = 0; i < pages.size(); i++) {
      sum ^= PageHash.of(i + 1, ByteBuffer.wrap(pages.get(i)));
    }
    return PageHash.stated(sum);
  }

  boolean isSending() {
    return !outgoing.isEmpty();
  }

  /** Takes the next record that goes to the topic. */
  byte[] next() {
    byte[] record = outgoing.peek().records().get(sent);
    if (++sent == outgoing.peek().records().size()) {
      outgoing.remove().state().ifPresent(states::add);
      sent = 0;
    }
    return record;
  }

  /** When the segment was sealed of which the next record is. */
  long sealedAtMs() {
    return outgoing.peek().sealedAtMs();
  }

  boolean isWhollySent() {
    return sent == 0;
  }

  /** The capture starts again, with its state, without it, or with an old one. */
  void restart() {
    if (deleted) {
      return;
    }
    if (dice.oneIn(6)) {
      beginLog();
      return;
    }
    sent = 0; // what was sent in part is sent again, in its epoch
    epoch++;
    if (partsRead > 0) {
      partsRead = 0;
      needsSnapshot = true;
    }
    if (dice.oneIn(6)) {
      lastFrameNo = dice.below((int) lastFrameNo + 1);
      abandon();
    }
  }
}
