package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PartitionProgressTest {

  private static final TopicPartition ZERO = new TopicPartition("frames", 0);
  private static final TopicPartition ONE = new TopicPartition("frames", 1);

  private final PartitionProgress progress = new PartitionProgress();

  @Test
  void withoutHoldsEverythingConsumedIsCommitted() {
    assertThat(committable(ZERO, 7)).isEqualTo(7);
  }

  @Test
  void theLowestHoldOfAPartitionCounts() {
    PartitionProgress.Hold late = progress.hold(ZERO, 5);
    PartitionProgress.Hold early = progress.hold(ZERO, 3);
    progress.hold(ONE, 1);
    assertThat(committable(ZERO, 9)).isEqualTo(3);
    early.release();
    assertThat(committable(ZERO, 9)).isEqualTo(5);
    late.release();
    assertThat(committable(ZERO, 9)).isEqualTo(9);
    assertThat(committable(ONE, 9)).isEqualTo(1);
  }

  @Test
  void twoHoldsOnOneOffsetAreReleasedOneByOneAndEachOnlyOnce() {
    PartitionProgress.Hold first = progress.hold(ZERO, 3);
    PartitionProgress.Hold second = progress.hold(ZERO, 3);
    first.release();
    first.release();
    assertThat(committable(ZERO, 9)).isEqualTo(3);
    second.release();
    assertThat(committable(ZERO, 9)).isEqualTo(9);
  }

  @Test
  void nothingAboveWhatWasConsumedIsCommitted() {
    progress.hold(ZERO, 20);
    assertThat(committable(ZERO, 9)).isEqualTo(9);
  }

  @Test
  void holdsOfAClosedPartitionAreForgotten() {
    PartitionProgress.Hold old = progress.hold(ZERO, 3);
    progress.close(List.of(ZERO));
    assertThat(committable(ZERO, 9)).isEqualTo(9);
    progress.hold(ZERO, 3);
    old.release();
    assertThat(committable(ZERO, 9)).isEqualTo(3);
  }

  @Test
  void nothingConsumedMeansNothingCommitted() {
    progress.hold(ZERO, 3);
    assertThat(progress.committable(Map.of())).isEmpty();
  }

  private long committable(TopicPartition partition, long consumed) {
    return progress
        .committable(Map.of(partition, new OffsetAndMetadata(consumed)))
        .get(partition)
        .offset();
  }
}
