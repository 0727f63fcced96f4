package io.walcast.sqlite;

import io.walcast.io.StorageFile;
import io.walcast.testing.DelegatingFile;
import io.walcast.testing.DelegatingIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The real file system with a hook before each call that changes something. */
public final class HookedIo extends DelegatingIo {

  /** Called before an operation; may fail it, or stop the process. */
  @FunctionalInterface
  public interface Hook {
    void before(String operation, Path path) throws IOException;
  }

  private final Hook hook;
  private final List<StorageFile> opened = new ArrayList<>();

  public HookedIo(Hook hook) {
    this.hook = hook;
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    hook.before("open", path);
    StorageFile file = super.open(path, mode);
    opened.add(file);
    return new HookedFile(file);
  }

  /** Closes every file and so gives up every lock, as the end of a process does. */
  public void closeAll() throws IOException {
    for (StorageFile file : opened) {
      file.close();
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    hook.before("mkdir", directory);
    super.createDirectories(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    hook.before("delete", path);
    super.delete(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    hook.before("rename", to);
    super.rename(from, to);
  }

  @Override
  public void copyAccess(Path from, Path to) throws IOException {
    hook.before("chmod", to);
    super.copyAccess(from, to);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    hook.before("sync", directory);
    super.syncDirectory(directory);
  }

  private final class HookedFile extends DelegatingFile {

    HookedFile(StorageFile file) {
      super(file);
    }

    @Override
    public void writeFully(ByteBuffer source, long position) throws IOException {
      int half = source.remaining() / 2;
      hook.before("write", path());
      super.writeFully(source.duplicate().limit(source.position() + half), position);
      hook.before("second half of write", path()); // torn in the middle
      source.position(source.position() + half);
      super.writeFully(source, position + half);
    }

    @Override
    public void truncate(long size) throws IOException {
      hook.before("truncate", path());
      super.truncate(size);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      hook.before("force", path());
      super.force(metadata);
    }

    @Override
    public FileLock tryLock(long position, long length, boolean shared) throws IOException {
      hook.before("lock", path());
      return super.tryLock(position, length, shared);
    }

    @Override
    public MappedByteBuffer map(long position, long length) throws IOException {
      hook.before("map", path());
      return super.map(position, length);
    }
  }
}
