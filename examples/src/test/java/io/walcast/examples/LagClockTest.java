package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LagClockTest {
  private static final long MS = 1_000_000;
  private final LagClock clock = new LagClock();

  @Test
  void aReplicaThatHasEverythingIsNotLateHoweverLongNothingHappens() {
    assertThat(clock.lagMs(status(10, 10), 0)).isZero();
    assertThat(clock.lagMs(status(10, 10), 60_000 * MS)).isZero();
  }

  @Test
  void lagCountsFromTheOldestFrameThatIsMissing() {
    clock.lagMs(status(10, 10), 0);
    clock.lagMs(status(20, 10), 100 * MS);
    clock.lagMs(status(30, 10), 200 * MS);

    assertThat(clock.lagMs(status(40, 10), 300 * MS)).isEqualTo(200);
    assertThat(clock.lagMs(status(40, 20), 300 * MS)).isEqualTo(100);
    assertThat(clock.lagMs(status(40, 40), 300 * MS)).isZero();
  }

  private static NamespaceStatus status(long committed, long applied) {
    return new NamespaceStatus("a", "ATTACHED", "", "", committed, committed, applied, 0);
  }
}
