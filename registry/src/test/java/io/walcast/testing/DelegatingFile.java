package io.walcast.testing;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;

/**
 * Another file, for test doubles that change some of its calls. {@link #readFully} is the
 * interface's own, so that it goes through a {@link #read} that a double changes.
 */
public class DelegatingFile implements StorageFile {

  private final StorageFile file;

  /** Forwards to this file, and closes it. */
  public DelegatingFile(StorageFile file) {
    this.file = file;
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return file.read(target, position);
  }

  @Override
  public void writeFully(ByteBuffer source, long position) throws IOException {
    file.writeFully(source, position);
  }

  @Override
  public void truncate(long size) throws IOException {
    file.truncate(size);
  }

  @Override
  public void force(boolean metadata) throws IOException {
    file.force(metadata);
  }

  @Override
  public FileLock tryLock(long position, long length, boolean shared) throws IOException {
    return file.tryLock(position, length, shared);
  }

  @Override
  public MappedByteBuffer map(long position, long length) throws IOException {
    return file.map(position, length);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
