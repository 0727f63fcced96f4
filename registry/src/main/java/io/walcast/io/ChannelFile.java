package io.walcast.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;

/** A {@link StorageFile} on a {@link FileChannel}. */
final class ChannelFile implements StorageFile {

  private final Path path;
  private final FileChannel channel;
  private final boolean readOnly;
  private final BackgroundSync background = new BackgroundSync(() -> sync(false));

  ChannelFile(Path path, FileChannel channel, boolean readOnly) {
    this.path = path;
    this.channel = channel;
    this.readOnly = readOnly;
  }

  /** The JDK has no type for a full disk or quota; the system's text is all there is to go by. */
  static IOException translate(IOException e, Path path, String action) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
      return new DiskFullException("disk full " + action + " " + path, e);
    }
    return e;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return channel.read(target, position);
  }

  @Override
  public void writeFully(ByteBuffer source, long position) throws IOException {
    long at = position;
    try {
      while (source.hasRemaining()) {
        at += channel.write(source, at);
      }
    } catch (IOException e) {
      throw translate(e, path, "writing at " + at + " of");
    }
  }

  @Override
  public void truncate(long size) throws IOException {
    channel.truncate(size);
  }

  @Override
  public void force(boolean metadata) throws IOException {
    background.settle();
    sync(metadata);
  }

  @Override
  public void beginForce() {
    background.begin();
  }

  private void sync(boolean metadata) throws IOException {
    try {
      channel.force(metadata);
    } catch (IOException e) {
      throw translate(e, path, "syncing");
    }
  }

  @Override
  public FileLock tryLock(long position, long length, boolean shared) throws IOException {
    try {
      return channel.tryLock(position, length, shared);
    } catch (OverlappingFileLockException e) {
      return null; // held by this process: as good as held by another
    }
  }

  @Override
  public MappedByteBuffer map(long position, long length) throws IOException {
    MappedByteBuffer mapped =
        channel.map(
            readOnly ? FileChannel.MapMode.READ_ONLY : FileChannel.MapMode.READ_WRITE,
            position,
            length);
    mapped.order(ByteOrder.nativeOrder());
    return mapped;
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      background.settle();
    }
  }
}
