package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.Namespace;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CheckpointQueueTest {

  private static final Namespace A = new Namespace("a");
  private static final Namespace B = new Namespace("b");

  private final CheckpointQueue queue =
      new CheckpointQueue(new CheckpointOptions(1, Duration.ofNanos(100), Duration.ofNanos(1000)));

  @Test
  void notificationsCoalesceAndNamespacesTakeTurns() {
    queue.notified(A);
    queue.notified(B);
    queue.notified(A);
    assertThat(queue.take(0)).contains(A);
    assertThat(queue.take(0)).contains(B);
    assertThat(queue.take(0)).isEmpty();
  }

  @Test
  void aNamespaceThatRunsIsNotTakenAgainBeforeItIsOver() {
    queue.notified(A);
    assertThat(queue.take(0)).contains(A);
    queue.notified(A);
    queue.notified(A);
    assertThat(queue.take(0)).isEmpty();
    queue.succeeded(A, false, 0);
    assertThat(queue.take(0)).contains(A);
    queue.succeeded(A, false, 0);
    assertThat(queue.take(0)).isEmpty();
  }

  @Test
  void whoHasMoreToDoStandsInLineAgain() {
    queue.notified(A);
    queue.take(0);
    queue.notified(B);
    queue.succeeded(A, true, 0);
    assertThat(queue.take(0)).contains(B);
    assertThat(queue.take(0)).contains(A);
  }

  @Test
  void whoFailsWaitsLongerEachTimeWhateverNotificationsComeAndTheOthersDoNot() {
    queue.notified(A);
    assertThat(queue.take(0)).contains(A);
    assertThat(queue.failed(A, 0)).isEqualTo(100);
    queue.notified(A);
    queue.notified(B);
    assertThat(queue.take(99)).contains(B);
    assertThat(queue.take(99)).isEmpty();
    assertThat(queue.nanosToNextRetry(60)).isEqualTo(40);
    assertThat(queue.take(100)).contains(A);
    assertThat(IntStream.range(0, 5).mapToObj(i -> failAndRetry()))
        .containsExactly(200L, 400L, 800L, 1000L, 1000L);
    queue.succeeded(A, false, 0);
    assertThat(queue.nanosToNextRetry(0)).isEqualTo(Long.MAX_VALUE);
    queue.notified(A);
    assertThat(queue.take(0)).contains(A);
    assertThat(queue.failed(A, 0)).as("counted from the last success").isEqualTo(100);
  }

  private long failAndRetry() {
    long delay = queue.failed(A, 5000);
    assertThat(queue.take(5000 + delay - 1)).isEmpty();
    assertThat(queue.take(5000 + delay)).contains(A);
    return delay;
  }

  @Test
  void whoHasCaughtUpRestsAndWhoHasMoreToDoDoesNot() {
    CheckpointQueue resting =
        new CheckpointQueue(
            new CheckpointOptions(1, Duration.ofNanos(100), Duration.ofNanos(1000))
                .withRest(Duration.ofNanos(50)));
    resting.notified(A);
    resting.take(0);
    resting.succeeded(A, true, 10);
    assertThat(resting.take(10)).contains(A);
    resting.notified(A);
    resting.succeeded(A, false, 20);
    assertThat(resting.nanosToNextRetry(20)).isEqualTo(50);
    assertThat(resting.take(69)).isEmpty();
    assertThat(resting.take(70)).contains(A);
    resting.succeeded(A, false, 80);
    assertThat(resting.take(129)).isEmpty();
    resting.notified(A);
    assertThat(resting.take(129)).isEmpty();
    assertThat(resting.take(130)).contains(A);
    resting.succeeded(A, false, 140);
    assertThat(resting.take(190)).isEmpty();
    assertThat(resting.nanosToNextRetry(190)).isEqualTo(Long.MAX_VALUE);
    resting.notified(A);
    assertThat(resting.take(190)).contains(A);
  }
}
