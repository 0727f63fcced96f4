package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShutdownStackTest {
  private final List<String> stopped = new ArrayList<>();
  private final ShutdownStack stack = new ShutdownStack(() -> stopped.add("signal"));

  @Test
  void stopsInReverseOrderAndOnce() {
    stack.push(() -> stopped.add("broker"));
    stack.push(() -> stopped.add("worker"));

    stack.close();
    stack.close();

    assertThat(stopped).containsExactly("worker", "broker");
    assertThat(stack.isSignalled()).isFalse();
  }

  @Test
  void oneThatFailsToStopDoesNotKeepTheOthersRunning() {
    stack.push(() -> stopped.add("broker"));
    stack.push(
        () -> {
          throw new IOException("will not stop");
        });

    stack.close();

    assertThat(stopped).containsExactly("broker");
  }

  @Test
  void whatComesAfterTheEndIsStoppedAtOnce() {
    stack.close();
    stack.push(() -> stopped.add("late"));

    assertThat(stopped).containsExactly("late");
  }
}
