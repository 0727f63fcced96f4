package io.walcast.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BackgroundSyncTest {

  private final AtomicInteger runs = new AtomicInteger();

  @Test
  void settlingWaitsForTheSyncAndTellsOfItsFailureOnce() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    BackgroundSync sync =
        new BackgroundSync(
            () -> {
              runs.incrementAndGet();
              try {
                go.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              throw new IOException("lost");
            });
    begin(sync, 1);
    sync.begin(); // it is going on
    Thread settling = new Thread(go::countDown);
    settling.start();

    assertThatThrownBy(sync::settle).isInstanceOf(IOException.class).hasMessage("lost");
    assertThatCode(sync::settle).doesNotThrowAnyException();
    settling.join();
    assertThat(runs).hasValue(1);
  }

  @Test
  void nothingBeginsOverAFailureThatNobodyKnowsOf() throws Exception {
    BackgroundSync sync =
        new BackgroundSync(
            () -> {
              if (runs.incrementAndGet() == 1) {
                throw new IOException("lost");
              }
            });
    begin(sync, 1);
    for (int i = 0; i < 100_000; i++) { // whenever it has failed
      sync.begin();
    }

    assertThatThrownBy(sync::settle).hasMessage("lost");
    assertThat(runs).hasValue(1);
    begin(sync, 2);
    assertThatCode(sync::settle).doesNotThrowAnyException();
  }

  /** The one thread may be busy for a moment. */
  private void begin(BackgroundSync sync, int run) {
    Eventually.until(
        Duration.ofSeconds(10),
        "a sync in the background",
        () -> {
          if (runs.get() < run) {
            sync.begin();
          }
          return runs.get() >= run;
        });
  }
}
