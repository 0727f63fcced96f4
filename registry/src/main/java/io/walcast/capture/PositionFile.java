package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.io.TwoSlotFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The file that a {@link CapturePosition} is kept in. Used by one thread. */
final class PositionFile implements Closeable {

  static final String NAME = ".position";

  private final TwoSlotFile file;

  PositionFile(Io io, Path stateDirectory) {
    this.file = new TwoSlotFile(io, stateDirectory.resolve(NAME), CapturePosition.BYTES);
  }

  /** What is in it; closes it when that fails. */
  Optional<CapturePosition> read() throws IOException {
    boolean read = false;
    try {
      byte[] payload = file.read();
      read = true;
      return payload == null ? Optional.empty() : CapturePosition.decode(payload);
    } finally {
      if (!read) {
        file.close();
      }
    }
  }

  void write(CapturePosition position, boolean sync) throws IOException {
    file.write(position.encode(), sync);
  }

  /** Closes the file; a later write opens it again. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
