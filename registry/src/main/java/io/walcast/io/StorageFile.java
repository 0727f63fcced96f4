package io.walcast.io;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;

/**
 * An open file, read and written at positions. Thread-safe. Closing it drops every POSIX lock that
 * this process holds on the same file, whoever took it: see {@link FileOwnership}.
 */
public interface StorageFile extends Closeable {

  /** The path it was opened under. */
  Path path();

  /** Length in bytes. */
  long size() throws IOException;

  /** Reads at most {@code target.remaining()} bytes; returns -1 at or past the end. */
  int read(ByteBuffer target, long position) throws IOException;

  /**
   * Fills {@code target} from {@code position}.
   *
   * @throws EOFException naming file and offset, when the file ends first
   */
  default void readFully(ByteBuffer target, long position) throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int n = read(target, at);
      if (n < 0) {
        throw new EOFException(
            path() + " ends at " + size() + ", " + target.remaining() + " bytes missing at " + at);
      }
      at += n;
    }
  }

  /** Writes all of {@code source} at {@code position}. */
  void writeFully(ByteBuffer source, long position) throws IOException;

  /** Cuts the file to {@code size} bytes. */
  void truncate(long size) throws IOException;

  /** Makes the content durable; the inode's times too if {@code metadata}. */
  void force(boolean metadata) throws IOException;

  /**
   * Begins to write changed content to the disk in the background, if this file can and nothing
   * else is being written so. A hint: nothing is durable because of it, and if it fails, the next
   * {@link #force} does.
   */
  default void beginForce() {}

  /**
   * Takes a POSIX lock on a byte range without waiting.
   *
   * @return the lock, or {@code null} if another process, or another part of this one, holds it
   */
  FileLock tryLock(long position, long length, boolean shared) throws IOException;

  /** Maps a range, writable if the file was opened so, in native byte order. */
  MappedByteBuffer map(long position, long length) throws IOException;
}
