package io.walcast.simulation;

import io.walcast.io.StorageFile;
import io.walcast.testing.DelegatingFile;
import io.walcast.testing.DiskOperation;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file of a {@link SchedulingIo}. */
final class SchedulingFile extends DelegatingFile {

  private final SchedulingIo io;

  SchedulingFile(SchedulingIo io, StorageFile file) {
    super(file);
    this.io = io;
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return io.call(DiskOperation.READ, path(), () -> super.read(target, position));
  }

  @Override
  public void writeFully(ByteBuffer source, long position) throws IOException {
    change(DiskOperation.WRITE, () -> super.writeFully(source, position));
  }

  @Override
  public void truncate(long size) throws IOException {
    change(DiskOperation.TRUNCATE, () -> super.truncate(size));
  }

  @Override
  public void force(boolean metadata) throws IOException {
    change(DiskOperation.SYNC, () -> super.force(metadata));
  }

  private void change(DiskOperation operation, IoCall call) throws IOException {
    io.call(operation, path(), () -> SchedulingIo.nothing(call));
  }
}
