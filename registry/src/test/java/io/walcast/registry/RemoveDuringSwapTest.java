package io.walcast.registry;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.commit;
import static io.walcast.testing.RegistryFixture.of;
import static io.walcast.testing.RegistryFixture.versions;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.sqlite.HookedIo;
import io.walcast.storage.NoStorage;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.RegistryFixture;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A log is closed while it is being swapped, held up before each call to the file system in turn:
 * what the swap makes and unmakes must not be met by the next opening.
 */
@Timeout(60)
class RemoveDuringSwapTest {

  @TempDir Path directory;

  /** Holds the swap up before its n-th call. */
  private static final class Halt implements HookedIo.Hook {

    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private Thread swapping; // null: not yet
    private int left;

    synchronized void before(int call, Thread thread) {
      left = call;
      swapping = thread;
    }

    private synchronized boolean isReached() {
      return Thread.currentThread() == swapping && left-- == 0;
    }

    @Override
    public void before(String operation, Path path) {
      if (isReached()) {
        reached.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  @Test
  void removeWaitsForTheSwapAndNothingIsLost() throws Exception {
    int calls = 0;
    while (isHeldUp(calls)) {
      calls++;
    }
    assertThat(calls).as("calls that a swap makes").isGreaterThan(3);
  }

  /** Whether a swap makes so many calls, and one more. */
  private boolean isHeldUp(int calls) throws Exception {
    Halt halt = new Halt();
    RegistryFixture fixture = new RegistryFixture(directory.resolve("after" + calls));
    WalRegistry registry = RegistryFixture.registry(new HookedIo(halt), new NoStorage());
    SharedWal wal = registry.open(NAMESPACE, fixture.request(new MemoryTarget()));
    commit(wal, 2, 7, 1, 2);
    FutureTask<Boolean> swap = new FutureTask<>(wal::swap);
    Thread swapping = new Thread(swap, "swap");
    halt.before(calls, swapping);
    swapping.start();
    while (halt.reached.getCount() > 0 && swapping.isAlive()) {
      Thread.onSpinWait();
    }
    boolean heldUp = halt.reached.getCount() == 0;
    if (heldUp) {
      FutureTask<Void> remove =
          new FutureTask<>(
              () -> {
                registry.remove(NAMESPACE);
                return null;
              });
      Thread removing = new Thread(remove, "remove");
      removing.start();
      while (removing.isAlive() && removing.getState() != Thread.State.BLOCKED) {
        Thread.onSpinWait();
      }
      assertThat(remove.isDone()).as("held up at call %d", calls).isFalse();
      halt.goOn.countDown();
      assertThat(swap.get(20, TimeUnit.SECONDS)).isTrue();
      remove.get(20, TimeUnit.SECONDS);
      SharedWal again = registry.open(NAMESPACE, fixture.request(new MemoryTarget()));
      assertThat(again.tailLength()).isOne();
      assertThat(versions(again, 9)).isEqualTo(of(7, 7));
    }
    registry.remove(NAMESPACE);
    return heldUp;
  }
}
