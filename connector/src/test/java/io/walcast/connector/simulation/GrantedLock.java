package io.walcast.connector.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;

/** A lock that nobody else wants. */
final class GrantedLock extends FileLock {

  private static final FileChannel CHANNEL = anyChannel();

  private boolean released;

  GrantedLock(long position, long length, boolean shared) {
    super(CHANNEL, position, length, shared);
  }

  /** Any channel: the type has to have one. */
  private static FileChannel anyChannel() {
    try {
      return FileChannel.open(Path.of("/dev/null"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isValid() {
    return !released;
  }

  @Override
  public void release() {
    released = true;
  }
}
