package io.walcast.connector.announcer;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.segment.Namespace;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PinnedRecordsTest {

  private static final Namespace HOT = new Namespace("hot");
  private static final Namespace IDLE = new Namespace("idle");

  private final Map<Namespace, RunHistory> histories = new HashMap<>();
  private long frame = 1;

  private void run(Namespace namespace, boolean base, int partition, long first, long records) {
    histories
        .computeIfAbsent(namespace, name -> new RunHistory())
        .put(
            new AnnouncedRun(
                new AnnouncementKey(namespace, 1, new UUID(1, 1), frame++),
                0,
                base,
                records * 1_000,
                records,
                partition,
                first,
                first + records - 1));
  }

  @Test
  void theLowestOffsetOfEachPartitionIsKept() {
    run(IDLE, true, 0, 10, 5);
    run(HOT, true, 0, 20, 5);
    run(HOT, false, 0, 25, 5);
    run(HOT, false, 1, 7, 5);

    assertThat(Pruner.lowest(histories)).isEqualTo(Map.of(0, 10L, 1, 7L));
  }

  @Test
  void nothingIsAskedForWhileMoreIsNeededThanNot() {
    run(IDLE, true, 0, 0, 100);
    run(HOT, true, 0, 100, 2_000);
    run(HOT, true, 0, 2_100, 2_000);

    assertThat(PinnedRecords.pinning(histories)).isEmpty();
  }

  @Test
  void whoKeepsMoreThanIsNeededIsAskedForASnapshot() {
    run(IDLE, true, 0, 0, 100);
    run(HOT, true, 0, 100, 2_000);
    run(HOT, false, 0, 2_100, 1_000);
    run(HOT, true, 0, 3_200, 2_000);
    assertThat(PinnedRecords.pinning(histories)).containsExactly(IDLE);

    run(IDLE, true, 0, 5_200, 100);
    assertThat(PinnedRecords.pinning(histories)).isEmpty();
  }
}
