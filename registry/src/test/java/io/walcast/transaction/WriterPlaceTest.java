package io.walcast.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.segment.Namespace;
import io.walcast.testing.FaultyIo;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WriterPlaceTest {

  private static final long RESERVATION_NANOS = 1_000_000;

  private final FaultyIo io = new FaultyIo(1); // its clock stands still
  private final WriterPlace place = place(Duration.ofMinutes(5));

  private WriterPlace place(Duration inLine) {
    return new WriterPlace(
        new Namespace("a"), io, new WriterLimits(inLine, Duration.ofNanos(RESERVATION_NANOS)));
  }

  /** A thread that stands in line; returns once it does. */
  private static FutureTask<WriterPlace.Turn> stand(WriterPlace place) {
    int before = place.waiting();
    FutureTask<WriterPlace.Turn> standing = new FutureTask<>(place::take);
    start(standing);
    await(place, before + 1);
    return standing;
  }

  private static Thread start(Runnable task) {
    Thread thread = new Thread(task, "in line");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void await(WriterPlace place, int waiting) {
    while (place.waiting() != waiting) {
      Thread.onSpinWait();
    }
  }

  @Test
  void turnsAreGivenInTheOrderOfAsking() throws Exception {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    WriterPlace.Turn first = place.take();
    CountDownLatch done = new CountDownLatch(20);
    for (int i = 0; i < 20; i++) {
      int number = i;
      start(
          new FutureTask<>(
              () -> {
                WriterPlace.Turn turn = place.take();
                order.add(number);
                turn.give();
                done.countDown();
                return null;
              }));
      await(place, i + 1);
    }
    assertThat(place.tryTake()).isEmpty();
    first.give();
    done.await();
    assertThat(order).isSorted().hasSize(20);
    assertThat(place.tryTake()).isPresent();
  }

  /** Whenever its thread may run: the turn is its own before anybody else can ask. */
  @Test
  void nobodyGoesBeforeOneWhoWaits() throws Exception {
    WriterPlace.Turn turn = place.take();
    for (int i = 0; i < 200; i++) {
      FutureTask<WriterPlace.Turn> next = stand(place);
      turn.give();
      assertThat(place.tryTake()).isEmpty();
      assertThat(place.waiting()).as("in line, with the place given to it").isZero();
      turn = next.get();
    }
    turn.give();
    assertThat(place.tryTake()).isPresent();
  }

  @Test
  void aReservationThatHasRunOutGoesToTheOneWhoWaitsAndNotToWhoeverComes() throws Exception {
    for (int i = 0; i < 200; i++) {
      WriterPlace.Turn turn = place.take();
      FutureTask<WriterPlace.Turn> next = stand(place);
      turn.reserve();
      io.advanceNanos(RESERVATION_NANOS);
      assertThat(place.tryTake()).isEmpty();
      next.get().give();
    }
  }

  @Test
  void aReservationThatIsGivenUpGoesToTheFirstInLine() throws Exception {
    WriterPlace.Turn turn = place.take();
    FutureTask<WriterPlace.Turn> first = stand(place);
    FutureTask<WriterPlace.Turn> second = stand(place);
    turn.reserve();
    turn.give();
    assertThat(place.waiting()).isOne();
    first.get().give();
    assertThat(place.waiting()).isZero();
    second.get().give();
  }

  @Test
  void whenTheFirstInLineGivesUpTheNextOneWatchesTheReservation() throws Exception {
    WriterPlace.Turn turn = place.take();
    FutureTask<WriterPlace.Turn> first = new FutureTask<>(place::take);
    Thread thread = start(first);
    await(place, 1);
    FutureTask<WriterPlace.Turn> second = stand(place);
    turn.reserve();
    thread.interrupt();
    assertThatThrownBy(first::get).cause().isInstanceOf(InterruptedIOException.class);
    io.advanceNanos(RESERVATION_NANOS);
    assertThat(second.get(20, TimeUnit.SECONDS)).isNotNull();
  }

  /** By the time the interrupt is looked at, the turn may have been given. */
  @Test
  void anInterruptDoesNotLoseATurn() throws Exception {
    for (int i = 0; i < 200; i++) {
      WriterPlace.Turn turn = place.take();
      FutureTask<WriterPlace.Turn> next = new FutureTask<>(place::take);
      Thread thread = start(next);
      await(place, 1);
      thread.interrupt();
      turn.give();
      try {
        next.get().give();
      } catch (ExecutionException e) { // it gave up before
        assertThat(e).hasCauseInstanceOf(InterruptedIOException.class);
      }
      place.tryTake().orElseThrow().give();
    }
  }

  @Test
  void givingTwiceDoesNotTakeTheTurnOfAnother() throws IOException {
    WriterPlace.Turn first = place.take();
    first.give();
    WriterPlace.Turn second = place.take();
    first.give();
    assertThat(place.tryTake()).isEmpty();
    second.give();
    assertThat(place.tryTake()).isPresent();
  }

  @Test
  void waitingForOneselfIsAnError() throws IOException {
    place.take();
    assertThatThrownBy(place::take).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aReservationKeepsTheOthersOutUntilItIsTakenUp() throws Exception {
    WriterPlace.Turn turn = place.take();
    turn.reserve();
    assertThat(place.tryTake()).isEmpty();
    FutureTask<WriterPlace.Turn> other = stand(place);
    WriterPlace.Turn resumed = turn.resume();
    assertThat(resumed).isNotNull();
    turn.give(); // the reservation is used up
    io.advanceNanos(10 * RESERVATION_NANOS);
    assertThat(place.tryTake()).isEmpty();
    assertThat(other.isDone()).isFalse();
    resumed.give();
    assertThat(other.get()).isNotNull();
  }

  @Test
  void aReservationGivenUpLetsTheNextInLineGo() throws Exception {
    WriterPlace.Turn turn = place.take();
    FutureTask<WriterPlace.Turn> next = stand(place);
    turn.reserve();
    turn.give();
    assertThat(next.get()).isNotNull();
    assertThat(turn.resume()).isNull();
  }

  @Test
  void aReservationRunsOutByTheClockForWhoeverComesNext() throws IOException {
    WriterPlace.Turn turn = place.take();
    turn.reserve();
    io.advanceNanos(RESERVATION_NANOS - 1);
    assertThat(place.tryTake()).isEmpty();
    io.advanceNanos(1);
    assertThat(place.tryTake()).isPresent();
    assertThat(turn.resume()).isNull();
  }

  @Test
  void aReservationRunsOutByTheClockForTheFirstInLine() throws Exception {
    WriterPlace.Turn turn = place.take();
    FutureTask<WriterPlace.Turn> first = stand(place);
    FutureTask<WriterPlace.Turn> second = stand(place);
    turn.reserve();
    io.advanceNanos(RESERVATION_NANOS);
    WriterPlace.Turn firstTurn = first.get();
    assertThat(second.isDone()).isFalse();
    assertThat(turn.resume()).isNull();
    firstTurn.give();
    second.get();
  }

  @Test
  void aReservationThatHasRunOutIsNoLongerGood() throws IOException {
    WriterPlace.Turn turn = place.take();
    turn.reserve();
    io.advanceNanos(RESERVATION_NANOS);
    assertThat(turn.resume()).isNull();
    assertThat(place.tryTake()).isPresent();
  }

  @Test
  void waitingHasALimitAndSaysWhoIsInTheWay() throws Exception {
    WriterPlace impatient = place(Duration.ofMillis(1));
    WriterPlace.Turn turn = impatient.take();
    FutureTask<WriterPlace.Turn> late = stand(impatient);
    io.advanceNanos(1_000_000);
    assertThatThrownBy(late::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(WriterBusyException.class)
        .hasMessageContaining("a: ")
        .hasMessageContaining("taken by thread " + Thread.currentThread().getName());
    assertThat(impatient.waiting()).isZero();
    turn.give();
    assertThat(impatient.tryTake()).isPresent();
  }

  @Test
  void oneWhoGivesUpInLineDoesNotHoldUpTheNext() throws Exception {
    WriterPlace.Turn turn = place.take();
    FutureTask<WriterPlace.Turn> first = new FutureTask<>(place::take);
    Thread thread = start(first);
    await(place, 1);
    FutureTask<WriterPlace.Turn> second = stand(place);
    thread.interrupt();
    assertThatThrownBy(first::get).cause().isInstanceOf(InterruptedIOException.class);
    turn.give();
    assertThat(second.get()).isNotNull();
  }

  @Test
  void anInterruptStaysSet() throws Exception {
    place.take();
    FutureTask<Boolean> interrupted =
        new FutureTask<>(
            () -> {
              try {
                place.take();
                return false;
              } catch (InterruptedIOException e) {
                return Thread.currentThread().isInterrupted();
              }
            });
    Thread thread = start(interrupted);
    await(place, 1);
    thread.interrupt();
    assertThat(interrupted.get()).isTrue();
  }

  @Test
  void closingFailsThoseInLineAndThoseWhoCome() throws Exception {
    WriterPlace.Turn turn = place.take();
    FutureTask<WriterPlace.Turn> first = stand(place);
    FutureTask<WriterPlace.Turn> second = stand(place);
    place.close();
    assertThatThrownBy(first::get).cause().hasMessage("a is closed");
    assertThatThrownBy(second::get).cause().hasMessage("a is closed");
    turn.give();
    assertThatThrownBy(place::take).hasMessage("a is closed");
    assertThatThrownBy(place::tryTake).hasMessage("a is closed");
  }

  @Test
  void limitsArePositive() {
    assertThatThrownBy(() -> new WriterLimits(Duration.ZERO, Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new WriterLimits(Duration.ofSeconds(1), Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(WriterLimits.defaults())
        .isEqualTo(new WriterLimits(Duration.ofMinutes(5), Duration.ofSeconds(1)));
  }
}
