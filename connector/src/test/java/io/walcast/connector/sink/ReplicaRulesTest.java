package io.walcast.connector.sink;

import static io.walcast.connector.sink.Verdict.Action.APPLY;
import static io.walcast.connector.sink.Verdict.Action.APPLY_IN_NEW_EPOCH;
import static io.walcast.connector.sink.Verdict.Action.QUARANTINE;
import static io.walcast.connector.sink.Verdict.Action.REFUSE;
import static io.walcast.connector.sink.Verdict.Action.SKIP;
import static io.walcast.connector.sink.Verdict.Action.START_LOG;
import static io.walcast.connector.sink.Verdict.Action.WAIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.LogPosition;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ReplicaRulesTest {

  private static final UUID LOG = new UUID(1, 1);
  private static final UUID OTHER = new UUID(2, 2);
  private static final int PAGE = 4096;

  /** Epochs are unsigned: this one is above {@link Integer#MAX_VALUE}. */
  private static final int EPOCH = 0x8000_0000;

  private static final LogPosition AT_TEN = new LogPosition(LOG, EPOCH, 10, 3, PAGE);

  @Test
  void withoutAReplicaOnlyASnapshotBegins() {
    assertThat(decide(null, snapshot(LOG, EPOCH, 5, 9))).isEqualTo(START_LOG);
    assertThat(decide(null, segment(LOG, EPOCH, 1, 9))).isEqualTo(WAIT);
  }

  @Test
  void whatTheReplicaHasIsSkippedInWhateverEpochItWasWritten() {
    assertThat(decide(AT_TEN, segment(LOG, EPOCH, 4, 10))).isEqualTo(SKIP);
    assertThat(decide(AT_TEN, segment(LOG, EPOCH - 1, 4, 10))).isEqualTo(SKIP);
    assertThat(decide(AT_TEN, snapshot(LOG, EPOCH, 4, 10))).isEqualTo(SKIP);
  }

  @Test
  void whatContinuesTheReplicaIsApplied() {
    assertThat(decide(AT_TEN, segment(LOG, EPOCH, 11, 12))).isEqualTo(APPLY);
    assertThat(decide(AT_TEN, segment(LOG, EPOCH, 9, 11))).isEqualTo(APPLY);
    assertThat(decide(AT_TEN, snapshot(LOG, EPOCH, 11, 14))).isEqualTo(APPLY);
  }

  @Test
  void aGapNeedsASnapshot() {
    assertThat(decide(AT_TEN, segment(LOG, EPOCH, 12, 13))).isEqualTo(WAIT);
    assertThat(decide(AT_TEN, snapshot(LOG, EPOCH, 12, 13))).isEqualTo(START_LOG);
  }

  @Test
  void aReplicaInNeedOfASnapshotTakesNothingElse() {
    SegmentId next = segment(LOG, EPOCH, 11, 12);
    assertThat(ReplicaRules.decide(AT_TEN, true, next).action()).isEqualTo(WAIT);
    SegmentId snapshot = snapshot(LOG, EPOCH, 11, 14);
    assertThat(ReplicaRules.decide(AT_TEN, true, snapshot).action()).isEqualTo(START_LOG);
  }

  @Test
  void aHigherEpochOfTheSameLogGoesOn() {
    assertThat(decide(AT_TEN, segment(LOG, EPOCH + 1, 11, 12))).isEqualTo(APPLY_IN_NEW_EPOCH);
  }

  @Test
  void aHigherEpochThatTakesFrameNumbersAgainNeedsASnapshot() {
    assertThat(decide(AT_TEN, segment(LOG, EPOCH + 1, 10, 12))).isEqualTo(WAIT);
    assertThat(decide(AT_TEN, segment(LOG, EPOCH + 1, 4, 10))).isEqualTo(WAIT);
    assertThat(decide(AT_TEN, snapshot(LOG, EPOCH + 1, 10, 12))).isEqualTo(START_LOG);
    assertThat(decide(AT_TEN, snapshot(LOG, EPOCH + 1, 4, 10))).isEqualTo(START_LOG);
  }

  @Test
  void aLowerEpochIsRefused() {
    assertThat(decide(AT_TEN, segment(LOG, EPOCH - 1, 11, 12))).isEqualTo(REFUSE);
    assertThat(decide(AT_TEN, snapshot(OTHER, EPOCH - 1, 1, 3))).isEqualTo(REFUSE);
  }

  @Test
  void anotherLogNeedsASnapshotAndAHigherEpoch() {
    assertThat(decide(AT_TEN, snapshot(OTHER, EPOCH + 1, 1, 3))).isEqualTo(START_LOG);
    assertThat(decide(AT_TEN, snapshot(OTHER, EPOCH, 1, 3))).isEqualTo(REFUSE);
    assertThat(decide(AT_TEN, segment(OTHER, EPOCH + 1, 11, 12))).isEqualTo(WAIT);
  }

  @Test
  void anotherPageSizeInTheSameLogCannotBe() {
    SegmentId other =
        new SegmentId(new TopicPartition("t", 0), LOG, EPOCH, 512, 11, 12, SegmentKind.CHANGES);
    assertThat(decide(AT_TEN, other)).isEqualTo(QUARANTINE);
  }

  @Test
  void aWaitSaysWhatThereIsAndWhatCame() {
    assertThat(ReplicaRules.decide(AT_TEN, false, segment(LOG, EPOCH, 12, 13)).reason())
        .contains("have frame 10", "got segment 12..13", LOG.toString());
  }

  private static Verdict.Action decide(LogPosition have, SegmentId segment) {
    return ReplicaRules.decide(have, false, segment).action();
  }

  private static SegmentId segment(UUID log, int epoch, long start, long end) {
    return new SegmentId(
        new TopicPartition("t", 0), log, epoch, PAGE, start, end, SegmentKind.CHANGES);
  }

  private static SegmentId snapshot(UUID log, int epoch, long start, long end) {
    return new SegmentId(
        new TopicPartition("t", 0), log, epoch, PAGE, start, end, SegmentKind.SNAPSHOT);
  }
}
