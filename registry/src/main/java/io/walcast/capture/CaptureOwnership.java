package io.walcast.capture;

import io.walcast.io.FileOwnership;
import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The sole right to capture a database into a state directory, within this process and on this
 * machine. Used by one thread.
 */
final class CaptureOwnership implements Closeable {

  private final FileOwnership database;
  private final StateLock state;

  private CaptureOwnership(FileOwnership database, StateLock state) {
    this.database = database;
    this.state = state;
  }

  /** Takes it, before anything of the database is opened. */
  static CaptureOwnership take(Io io, Namespace namespace, Path database, Path stateDirectory)
      throws IOException {
    FileOwnership ownership = FileOwnership.claim(database, "the capture of " + namespace);
    StateLock state = null;
    try {
      state = StateLock.take(io, stateDirectory, namespace.name());
      return new CaptureOwnership(ownership, state);
    } finally {
      if (state == null) {
        ownership.close();
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      state.close();
    } finally {
      database.close();
    }
  }
}
