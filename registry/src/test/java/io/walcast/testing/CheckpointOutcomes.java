package io.walcast.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.registry.CheckpointListener;
import io.walcast.segment.LogPosition;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Counts what the checkpoints of a namespace come to, for a test that waits for one at a time. */
public final class CheckpointOutcomes implements CheckpointListener {

  private final Semaphore folds = new Semaphore(0);
  private final Semaphore failures = new Semaphore(0);

  /** Waits for a fold that has not been waited for. */
  public void awaitFold() throws InterruptedException {
    await(folds, "a fold");
  }

  /** Waits for a failure that has not been waited for. */
  public void awaitFailure() throws InterruptedException {
    await(failures, "a failure");
  }

  /** Whether there was a failure that has not been waited for. */
  public boolean isFailureLeft() {
    return failures.availablePermits() > 0;
  }

  private static void await(Semaphore event, String what) throws InterruptedException {
    assertThat(event.tryAcquire(20, TimeUnit.SECONDS)).as(what).isTrue();
  }

  @Override
  public void checkpointed(LogPosition upTo) {
    folds.release();
  }

  @Override
  public void failed(IOException cause) {
    failures.release();
  }
}
