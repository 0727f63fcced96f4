package io.walcast.capture;

import io.walcast.checkpoint.CheckpointOptions;
import io.walcast.checkpoint.Checkpointer;
import io.walcast.io.StandardIo;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SwapPolicy;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import io.walcast.storage.SegmentStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A capture with the source's settings and its way of looking, in a thread of its own. */
final class BenchmarkedCapture implements AutoCloseable {

  /** As the source's default: it rests so long after a look that found nothing. */
  private static final long REST_NS = Duration.ofMillis(5).toNanos();

  private static final long BUSY_REST_NS = Duration.ofNanos(200_000).toNanos();

  private static final Namespace NAMESPACE = new Namespace("app");

  private final WalRegistry registry;
  private final DatabaseCapture capture;
  private final Thread thread;
  private volatile boolean stopping;

  BenchmarkedCapture(Path database, Path state, SegmentStorage storage) {
    StandardIo io = new StandardIo();
    Checkpointer checkpointer =
        new Checkpointer(io, CheckpointOptions.defaults().withRest(Duration.ofMillis(250)));
    registry =
        new WalRegistry(
            io,
            storage,
            checkpointer,
            RegistryOptions.defaults()
                .withSwapPolicy(
                    SwapPolicy.whenNothingInFlight()
                        .and(SwapPolicy.rested(8))
                        .or(SwapPolicy.frameCount(4000)))
                .withSyncOnSeal(true));
    checkpointer.start(registry);
    capture =
        new DatabaseCapture(NAMESPACE, database, state, registry, io, CaptureOptions.defaults());
    thread = new Thread(this::look, "capture");
  }

  private void look() {
    while (!stopping) {
      capture.poll();
      LockSupport.parkNanos(capture.isBusy() ? BUSY_REST_NS : REST_NS);
    }
  }

  BenchmarkedCapture start() {
    thread.start();
    while (capture.status().state() != CaptureState.ATTACHED
        && capture.status().state() != CaptureState.CLOSED) {
      Thread.onSpinWait();
    }
    return this;
  }

  CaptureStatus status() {
    return capture.status();
  }

  @Override
  public void close() throws IOException {
    stopping = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    capture.close();
    registry.shutdown();
  }
}
