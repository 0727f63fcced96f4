package io.walcast.sqlite;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The real file system with a hook before each call that changes something. */
public final class HookedIo implements Io {

  /** Called before an operation; may fail it, or stop the process. */
  @FunctionalInterface
  public interface Hook {
    void before(String operation, Path path) throws IOException;
  }

  private final Io real = new StandardIo();
  private final Hook hook;
  private final List<StorageFile> opened = new ArrayList<>();

  public HookedIo(Hook hook) {
    this.hook = hook;
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    hook.before("open", path);
    StorageFile file = real.open(path, mode);
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
  public boolean exists(Path path) {
    return real.exists(path);
  }

  @Override
  public FileIdentity identity(Path path) throws IOException {
    return real.identity(path);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    hook.before("mkdir", directory);
    real.createDirectories(directory);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return real.list(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    hook.before("delete", path);
    real.delete(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    hook.before("rename", to);
    real.rename(from, to);
  }

  @Override
  public void copyAccess(Path from, Path to) throws IOException {
    hook.before("chmod", to);
    real.copyAccess(from, to);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    hook.before("sync", directory);
    real.syncDirectory(directory);
  }

  @Override
  public Instant now() {
    return real.now();
  }

  @Override
  public long nanoTime() {
    return real.nanoTime();
  }

  @Override
  public long randomLong() {
    return real.randomLong();
  }

  @Override
  public UUID randomUuid() {
    return real.randomUuid();
  }

  private final class HookedFile implements StorageFile {

    private final StorageFile file;

    HookedFile(StorageFile file) {
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
      int half = source.remaining() / 2;
      hook.before("write", path());
      file.writeFully(source.duplicate().limit(source.position() + half), position);
      hook.before("second half of write", path()); // torn in the middle
      source.position(source.position() + half);
      file.writeFully(source, position + half);
    }

    @Override
    public void truncate(long size) throws IOException {
      hook.before("truncate", path());
      file.truncate(size);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      hook.before("force", path());
      file.force(metadata);
    }

    @Override
    public FileLock tryLock(long position, long length, boolean shared) throws IOException {
      hook.before("lock", path());
      return file.tryLock(position, length, shared);
    }

    @Override
    public MappedByteBuffer map(long position, long length) throws IOException {
      hook.before("map", path());
      return file.map(position, length);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
