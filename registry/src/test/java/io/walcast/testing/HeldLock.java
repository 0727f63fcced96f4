package io.walcast.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A lock that nobody else ever wanted. */
final class HeldLock extends FileLock {

  private static final FileChannel ANY_CHANNEL = anyChannel(); // a lock cannot be without one

  HeldLock(long position, long size, boolean shared) {
    super(ANY_CHANNEL, position, size, shared);
  }

  private static FileChannel anyChannel() {
    try {
      Path file = Files.createTempFile("walcast", ".lock");
      return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isValid() {
    return true;
  }

  @Override
  public void release() {
    // nobody waits for it
  }
}
