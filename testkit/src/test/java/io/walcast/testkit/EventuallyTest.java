package io.walcast.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventuallyTest {
  @Test
  void returnsTheFirstAcceptedValue() {
    AtomicInteger asked = new AtomicInteger();
    int value =
        Eventually.until(
            Duration.ofSeconds(10), "three", asked::incrementAndGet, seen -> seen == 3);
    assertThat(value).isEqualTo(3);
  }

  @Test
  void toleratesFailuresOnTheWay() {
    AtomicInteger asked = new AtomicInteger();
    Eventually.until(
        Duration.ofSeconds(10),
        "no more failures",
        () -> {
          if (asked.incrementAndGet() < 3) {
            throw new IOException("not yet");
          }
          return true;
        });
    assertThat(asked).hasValue(3);
  }

  @Test
  void saysWhatItWaitedForAndWhatItSawLast() {
    assertThatThrownBy(
            () -> Eventually.until(Duration.ofMillis(50), "ten", () -> 7, seen -> seen == 10))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("ten")
        .hasMessageContaining("last observed: 7");
    assertThatThrownBy(
            () ->
                Eventually.until(
                    Duration.ofMillis(50),
                    "peace",
                    () -> {
                      throw new IOException("war");
                    }))
        .hasMessageContaining("war")
        .hasRootCauseInstanceOf(IOException.class);
  }
}
