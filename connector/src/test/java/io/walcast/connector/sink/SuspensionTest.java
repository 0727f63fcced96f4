package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class SuspensionTest {

  private static final TopicPartition PARTITION = new TopicPartition("frames", 0);

  private long nowNs;
  private final PartitionProgress progress = new PartitionProgress();
  private final Suspension suspension = new Suspension(progress, () -> nowNs);

  @Test
  void whatIsPassedOverIsHeldUntilItIsReadAgain() {
    suspension.suspend("disk full", List.of());
    suspension.passOver(at(5));
    suspension.passOver(at(6));
    assertThat(suspension.resume()).extracting(h -> h.offset()).containsExactly(5L);
    assertThat(committable()).isEqualTo(5);
    suspension.rewound();
    assertThat(committable()).isEqualTo(100);
  }

  @Test
  void theFirstRecordNeededStaysTheFirst() {
    suspension.suspend("disk full", List.of(progress.hold(PARTITION, 3)));
    suspension.passOver(at(5));
    suspension.suspend("still full", List.of());
    assertThat(suspension.resume()).extracting(h -> h.offset()).containsExactly(3L);
  }

  @Test
  void eachPartitionIsReadAgainFromItsOwnFirstRecord() {
    TopicPartition other = new TopicPartition("frames", 7);
    suspension.suspend("disk full", List.of(progress.hold(PARTITION, 3)));
    suspension.passOver(at(5));
    suspension.passOver(new RecordOrigin(other, 9, 0));
    suspension.passOver(new RecordOrigin(other, 10, 0));
    assertThat(suspension.resume())
        .extracting(h -> h.partition().partition() + "@" + h.offset())
        .containsExactly(PARTITION.partition() + "@3", "7@9");
  }

  @Test
  void nothingPassedOverMeansNothingToReadAgain() {
    suspension.suspend("disk full", List.of());
    assertThat(suspension.resume()).isEmpty();
    assertThat(suspension.isActive()).isFalse();
  }

  @Test
  void waitsGrowUpToALimitAndBeginAnewAfterASuccess() {
    assertThat(waitNs()).isEqualTo(Suspension.FIRST_WAIT_NS);
    assertThat(waitNs()).isEqualTo(2 * Suspension.FIRST_WAIT_NS);
    for (int i = 0; i < 100; i++) {
      waitNs();
    }
    assertThat(waitNs()).isEqualTo(Suspension.LONGEST_WAIT_NS);
    suspension.succeeded();
    assertThat(waitNs()).isEqualTo(Suspension.FIRST_WAIT_NS);
  }

  private long waitNs() {
    long startNs = nowNs;
    suspension.suspend("disk full", List.of());
    long stepNs = Suspension.FIRST_WAIT_NS / 2;
    while (!suspension.isDue()) {
      nowNs += stepNs;
    }
    return nowNs - startNs;
  }

  private static RecordOrigin at(long offset) {
    return new RecordOrigin(PARTITION, offset, 0);
  }

  private long committable() {
    return progress
        .committable(Map.of(PARTITION, new OffsetAndMetadata(100)))
        .get(PARTITION)
        .offset();
  }
}
