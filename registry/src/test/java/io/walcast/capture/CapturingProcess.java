package io.walcast.capture;

import io.walcast.checkpoint.CheckpointOptions;
import io.walcast.checkpoint.Checkpointer;
import io.walcast.io.StandardIo;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SwapPolicy;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The main of a process that captures until it is killed, or until it reads {@code stop}, when it
 * ends in good order. Arguments: database, state directory, directory for the segments. Prints its
 * status whenever it has changed.
 */
public final class CapturingProcess {

  private static final int FRAMES_PER_SEGMENT = 60;

  private CapturingProcess() {}

  public static void main(String[] args) throws IOException {
    StandardIo io = new StandardIo();
    Checkpointer checkpointer = new Checkpointer(io, CheckpointOptions.defaults());
    WalRegistry registry =
        new WalRegistry(
            io,
            new SegmentFiles(Path.of(args[2])),
            checkpointer,
            RegistryOptions.defaults()
                .withSyncOnSeal(false)
                .withSwapPolicy(SwapPolicy.frameCount(FRAMES_PER_SEGMENT)));
    checkpointer.start(registry);
    CaptureOptions options =
        CaptureOptions.defaults()
            .withWalHold(WalHold.NEVER)
            .withLooks(Duration.ofMillis(20), Duration.ofMillis(40));
    DatabaseCapture capture =
        new DatabaseCapture(
            new Namespace("app"), Path.of(args[0]), Path.of(args[1]), registry, io, options);
    Orders orders = new Orders();
    CaptureStatus told = null;
    while (!orders.stop) {
      capture.poll();
      if (!capture.status().equals(told)) {
        told = capture.status();
        System.out.println(told);
      }
    }
    capture.poll(); // what was committed before the order to stop is captured
    capture.close();
    registry.shutdown();
  }

  /** Watches standard input: a line is the order to stop, its end that the parent is gone. */
  private static final class Orders {

    private volatile boolean stop;

    Orders() {
      Thread watcher = new Thread(this::watch, "orders");
      watcher.setDaemon(true);
      watcher.start();
    }

    private void watch() {
      try {
        if (System.in.read() >= 0) {
          stop = true;
          return;
        }
      } catch (IOException e) {
        e.printStackTrace();
      }
      Runtime.getRuntime().halt(137);
    }
  }
}
