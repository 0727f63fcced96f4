package io.walcast.connector.sink;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.storage.KafkaSegmentStorage;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.LogPosition;
import io.walcast.sqlite.DatabaseHeader;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.roaringbitmap.RoaringBitmap;

/**
 * How a replica gets to what is announced of its namespace, and why so. Immutable.
 *
 * @param way how
 * @param reason for the log
 * @param partition where the records are, or {@code null} if nothing is announced
 * @param newest the run that the replica is to end with, or {@code null} if nothing is announced
 * @param runs what is announced of the log of the newest run
 * @param startFrameNo first frame number of the oldest run that is read
 * @param haveFrameNo what is in the replica already and can stay; 0: it is made anew
 * @param bytes of record values that are read
 * @param needsOffset first offset that the replica needs from the live consumer afterwards
 */
record SyncPlan(
    Way way,
    String reason,
    TopicPartition partition,
    Announcement newest,
    List<Announcement> runs,
    long startFrameNo,
    long haveFrameNo,
    long bytes,
    long needsOffset) {

  /** How a replica gets to what is announced. */
  enum Way {
    /** It is there. */
    CURRENT,
    /** It reads the announced runs, newest first. */
    SYNC,
    /** It takes the records as they come, as that costs little more. */
    REPLAY,
    /** What is announced does not lead there: it takes the records as they come. */
    IMPOSSIBLE
  }

  /**
   * What is asked for.
   *
   * @param topic of the frames
   * @param have what the replica has, or {@code null} for nothing
   * @param needsAll whether what it has cannot be continued
   * @param mayReplay whether the records in between can be taken as they come
   * @param replayBytes a stretch of the partition of up to so many bytes is rather replayed
   */
  record Question(
      String topic, LogPosition have, boolean needsAll, boolean mayReplay, long replayBytes) {}

  /**
   * Makes one.
   *
   * @param runs what is announced of the namespace, in the order of history
   * @param firstOffset of the partition that is still there
   * @param endOffset of the partition
   */
  static SyncPlan make(
      Question question, List<Announcement> runs, long firstOffset, long endOffset) {
    if (runs.isEmpty()) {
      return new SyncPlan(Way.IMPOSSIBLE, "nothing is announced", null, null, runs, 0, 0, 0, 0);
    }
    return new Planning(question, runs, firstOffset, endOffset).plan();
  }

  /** The segment as which the runs are taken into the log. */
  SegmentId segment() {
    return new SegmentId(
        partition,
        newest.logId(),
        newest.epoch(),
        newest.pageSize(),
        startFrameNo,
        newest.endFrameNo(),
        haveFrameNo == 0 ? SegmentKind.SNAPSHOT : SegmentKind.CHANGES);
  }

  private static final class Planning {

    private final Question question;
    private final List<Announcement> runs;
    private final long firstOffset;
    private final long endOffset;
    private final Announcement newest;
    private final LogPosition have;
    private long haveFrameNo;
    private long bytes;

    Planning(Question question, List<Announcement> runs, long firstOffset, long endOffset) {
      this.question = question;
      this.firstOffset = firstOffset;
      this.endOffset = endOffset;
      this.newest = runs.get(runs.size() - 1);
      this.runs = runs.stream().filter(run -> run.logId().equals(newest.logId())).toList();
      this.have = question.have();
    }

    SyncPlan plan() {
      boolean sameLog = have != null && have.logId().equals(newest.logId());
      int epochs = have == null ? 1 : Integer.compareUnsigned(newest.epoch(), have.epoch());
      if (sameLog && epochs <= 0 && newest.endFrameNo() <= have.frameNo() && !question.needsAll()) {
        return of(Way.CURRENT, "it has all that is announced", newest.lastOffset() + 1);
      }
      if (epochs < 0 || (epochs == 0 && !sameLog)) {
        return impossible(
            "it is of epoch " + Integer.toUnsignedString(have.epoch()) + " of " + have.logId());
      }
      boolean goesOn =
          sameLog && !question.needsAll() && have.pageSize() == newest.pageSize() && !repeats();
      haveFrameNo = goesOn ? have.frameNo() : 0;
      return walk();
    }

    /** Whether a later capturer took frame numbers again, for other pages than the replica has. */
    private boolean repeats() {
      return runs.stream()
          .anyMatch(
              run ->
                  Integer.compareUnsigned(run.epoch(), have.epoch()) > 0
                      && run.startFrameNo() <= have.frameNo());
    }

    private SyncPlan walk() {
      RoaringBitmap missing = new RoaringBitmap();
      missing.add(1, Integer.toUnsignedLong(newest.sizeAfter()) + 1);
      missing.remove(DatabaseHeader.lockBytePage(newest.pageSize()));
      Announcement run = newest;
      while (true) {
        if (run.firstOffset() < firstOffset || run.lastOffset() >= endOffset) {
          return impossible(run + " is not in " + firstOffset + ".." + endOffset);
        }
        if (run.pageSize() != newest.pageSize()) {
          return impossible(run + " has pages of " + run.pageSize() + " bytes");
        }
        missing.remove(Integer.toUnsignedLong(run.sizeAfter()) + 1, 1L << 32);
        bytes += KafkaSegmentStorage.bytesToFetch(run, missing);
        missing.andNot(run.pages());
        long before = run.startFrameNo() - 1;
        if (run.snapshot() || missing.isEmpty() || (haveFrameNo > 0 && before <= haveFrameNo)) {
          return chosen(run);
        }
        Optional<Announcement> older = covering(before);
        if (older.isEmpty() || Integer.compareUnsigned(older.get().epoch(), run.epoch()) > 0) {
          return impossible("frame " + before + ", on which " + run + " builds, is not announced");
        }
        run = older.get();
      }
    }

    private Optional<Announcement> covering(long frameNo) {
      for (int i = runs.size() - 1; i >= 0; i--) {
        Announcement run = runs.get(i);
        if (run.startFrameNo() <= frameNo && frameNo <= run.endFrameNo()) {
          return Optional.of(run);
        }
      }
      return Optional.empty();
    }

    private SyncPlan chosen(Announcement oldest) {
      long stretch =
          (newest.lastOffset() - oldest.firstOffset() + 1)
              * (FrameRecord.HEADER_BYTES + newest.pageSize());
      boolean replayable =
          question.mayReplay()
              && (oldest.snapshot() || oldest.startFrameNo() - 1 <= haveFrameNo)
              && stretch <= question.replayBytes();
      String cost =
          bytes
              + " bytes by sync, a stretch of "
              + stretch
              + " by replay, to frame "
              + newest.endFrameNo()
              + (haveFrameNo > 0 ? " from frame " + haveFrameNo : " from nothing");
      return new SyncPlan(
          replayable ? Way.REPLAY : Way.SYNC,
          cost,
          partition(),
          newest,
          runs,
          haveFrameNo > 0 ? haveFrameNo + 1 : oldest.startFrameNo(),
          haveFrameNo,
          bytes,
          replayable ? oldest.firstOffset() : newest.lastOffset() + 1);
    }

    private SyncPlan impossible(String why) {
      return of(Way.IMPOSSIBLE, why, 0);
    }

    private SyncPlan of(Way way, String why, long needsOffset) {
      return new SyncPlan(way, why, partition(), newest, runs, 0, 0, 0, needsOffset);
    }

    private TopicPartition partition() {
      return new TopicPartition(question.topic(), newest.partition());
    }
  }
}
