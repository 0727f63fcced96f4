package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import java.nio.file.Path;

/** Takes the lock of a state directory in a process of its own, and keeps it until killed. */
public final class LockingProcess {

  private LockingProcess() {}

  /** Creates the file {@code locked} beside the lock once it is held. */
  public static void main(String[] args) throws Exception {
    Path state = Path.of(args[0]);
    StateLock lock = StateLock.take(new StandardIo(), state, "another process");
    new StandardIo().open(state.resolve("locked"), Io.OpenMode.CREATE).close();
    System.in.transferTo(System.out); // until killed
    lock.close();
  }
}
