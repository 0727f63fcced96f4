package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.registry.CheckpointListener;
import io.walcast.segment.LogPosition;
import java.io.IOException;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class FoldProgressTest {

  private static final UUID LOG = new UUID(1, 1);

  private final PartitionProgress partitions = new PartitionProgress();
  private final FoldProgress folds = new FoldProgress(new MonitorFoldSignal(), System::nanoTime);
  private final CheckpointListener listener = folds.listen();

  @Test
  void segmentsAreFoldedUpToWhereTheCheckpointEnded() {
    InjectedSegment first = inject(LOG, 10);
    InjectedSegment second = inject(LOG, 20);
    InjectedSegment third = inject(LOG, 30);
    listener.checkpointed(at(LOG, 20));
    assertThat(folds.takeFolded()).containsExactly(first, second);
    assertThat(folds.takeFolded()).isEmpty();
    assertThat(folds.unfoldedBytes()).isEqualTo(100);
    assertThat(folds.appliedSegments()).isEqualTo(2);
    assertThat(folds.lastSealedAtMs()).isEqualTo(20);
    listener.checkpointed(at(LOG, 30));
    assertThat(folds.takeFolded()).containsExactly(third);
    assertThat(folds.isDrained()).isTrue();
  }

  @Test
  void aCheckpointMayBeOverBeforeItsSegmentIsKnown() {
    listener.checkpointed(at(LOG, 10));
    InjectedSegment segment = inject(LOG, 10);
    assertThat(folds.takeFolded()).containsExactly(segment);
    assertThat(folds.unfoldedBytes()).isZero();
  }

  @Test
  void aPositionInAnotherLogSaysNothingOfASegment() {
    folds.start(at(new UUID(2, 2), 1_000));
    inject(LOG, 10);
    assertThat(folds.isDrained()).isFalse();
  }

  @Test
  void whatIsAbandonedDoesNotCount() {
    InjectedSegment segment = inject(LOG, 10);
    listener.failed(new IOException("disk full"));
    assertThat(folds.abandon()).containsExactly(segment);
    assertThat(folds.unfoldedBytes()).isZero();
    assertThat(folds.failure()).isNull();
  }

  @Test
  void aFailureLastsUntilTheNextSuccess() {
    IOException full = new IOException("disk full");
    listener.failed(full);
    assertThat(folds.failure()).isSameAs(full);
    assertThat(folds.failingForNs()).isPositive();
    listener.checkpointed(at(LOG, 10));
    assertThat(folds.failure()).isNull();
    assertThat(folds.failingForNs()).isZero();
  }

  @Test
  void aLogThatWasClosedHasNoMoreSay() {
    inject(LOG, 10);
    folds.listen();
    listener.checkpointed(at(LOG, 10));
    listener.failed(new IOException("late"));
    assertThat(folds.isDrained()).isFalse();
    assertThat(folds.failure()).isNull();
  }

  private InjectedSegment inject(UUID log, long endFrameNo) {
    InjectedSegment segment =
        new InjectedSegment(
            log, 1, endFrameNo, 100, endFrameNo, partitions.hold(new TopicPartition("t", 0), 0));
    folds.injected(segment);
    return segment;
  }

  private static LogPosition at(UUID log, long frameNo) {
    return new LogPosition(log, 1, frameNo, 3, 4096);
  }
}
