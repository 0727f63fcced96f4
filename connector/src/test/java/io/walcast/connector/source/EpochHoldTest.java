package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No two logs publish in the same epoch, though a new one takes the clock's second. */
class EpochHoldTest {

  private static final Namespace SHOP = new Namespace("eu/shop");
  private static final long SECOND_NS = 1_000_000_000L;

  @TempDir Path directory;

  private Instant now = Instant.EPOCH;
  private long nowNs;
  private TestSegments segments;
  private SegmentPublisher publisher;

  @BeforeEach
  void publisher() {
    segments = new TestSegments(new StandardIo(), directory);
    publisher =
        new SegmentPublisher(
            new WalSourceConfig(Map.of("databases.directory", "/data")),
            () -> nowNs,
            () -> now,
            publication -> {},
            () -> {});
  }

  @AfterEach
  void close() {
    publisher.shutdown();
    segments.close();
  }

  private void clockIsAt(double seconds) {
    now = Instant.EPOCH.plusNanos((long) (seconds * SECOND_NS));
  }

  private void pass(double seconds) {
    long ns = (long) (seconds * SECOND_NS);
    now = now.plusNanos(ns);
    nowNs += ns;
  }

  private int taken() throws Exception {
    return publisher.take(Duration.ZERO).size();
  }

  private void store() throws Exception {
    publisher.store(SHOP, segments.seal(SHOP, 512, 9, 1, 2), frameNo -> {});
  }

  @Test
  void nothingIsPublishedBeforeTheClockIsPastTheEpoch() throws Exception {
    clockIsAt(TestSegments.EPOCH + 0.25);
    store();
    assertThat(taken()).isZero();
    pass(0.5);
    assertThat(taken()).isZero();
    pass(0.25);
    assertThat(taken()).isEqualTo(2);
    assertThat(publisher.status(SHOP).problem()).isEmpty();
  }

  @Test
  void alsoWhereOpeningsHaveMadeTheEpochLaterThanTheClock() throws Exception {
    clockIsAt(TestSegments.EPOCH - 3);
    store();
    pass(3.999);
    assertThat(taken()).isZero();
    pass(0.001);
    assertThat(taken()).isEqualTo(2);
  }

  @Test
  void theClockIsAskedAgainShouldItHaveGoneBackMeanwhile() throws Exception {
    clockIsAt(TestSegments.EPOCH + 0.5);
    store();
    assertThat(taken()).isZero();
    nowNs += SECOND_NS;
    clockIsAt(TestSegments.EPOCH - 1);
    assertThat(taken()).isZero();
    pass(2);
    assertThat(taken()).isEqualTo(2);
  }

  @Test
  void aClockThatWasSetFarBackHoldsNothingUp() throws Exception {
    EpochHold hold = new EpochHold(() -> Instant.ofEpochSecond(1_000));
    assertThat(hold.remainingNs(999)).isZero();
    assertThat(hold.remainingNs(1_000)).isEqualTo(SECOND_NS);
    int last = (int) (1_000 + EpochHold.MOST_SECONDS);
    assertThat(hold.remainingNs(last)).isEqualTo((EpochHold.MOST_SECONDS + 1) * SECOND_NS);
    assertThat(hold.remainingNs(last + 1)).isZero();
    assertThat(hold.remainingNs(-1)).as("the highest epoch").isZero();
  }

  @Test
  void anEpochThatIsOverIsNotWaitedFor() throws Exception {
    clockIsAt(TestSegments.EPOCH + 1);
    store();
    assertThat(taken()).isEqualTo(2);
  }
}
