package io.walcast.capture;

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
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The real world, with a clock that can be moved on and writes that can fail. */
final class WorldIo implements Io {

  private final Io real = new StandardIo();
  private volatile long aheadNs;
  private volatile Predicate<Path> failingWrites = path -> false;
  private volatile Consumer<Path> beforeIdentity = path -> {};
  private final List<Path> forced = new CopyOnWriteArrayList<>();

  void passNs(long ns) {
    aheadNs += ns;
  }

  void failWrites(Predicate<Path> which) {
    failingWrites = which;
  }

  /** Something that others do to the files just before the capture looks at a path. */
  void beforeIdentity(Consumer<Path> what) {
    beforeIdentity = what;
  }

  /** Files that were made durable, in order. */
  List<Path> forced() {
    return forced;
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    return new File(real.open(path, mode));
  }

  @Override
  public boolean exists(Path path) {
    return real.exists(path);
  }

  @Override
  public FileIdentity identity(Path path) throws IOException {
    beforeIdentity.accept(path);
    return real.identity(path);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    real.createDirectories(directory);
  }

  @Override
  public void copyAccess(Path from, Path to) throws IOException {
    real.copyAccess(from, to);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return real.list(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    real.delete(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    real.rename(from, to);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    real.syncDirectory(directory);
  }

  @Override
  public Instant now() {
    return real.now();
  }

  @Override
  public long nanoTime() {
    return real.nanoTime() + aheadNs;
  }

  @Override
  public long randomLong() {
    return real.randomLong();
  }

  @Override
  public UUID randomUuid() {
    return real.randomUuid();
  }

  private final class File implements StorageFile {

    private final StorageFile file;

    File(StorageFile file) {
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
      if (failingWrites.test(path())) {
        throw new IOException("no luck writing " + path());
      }
      file.writeFully(source, position);
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      file.force(metadata);
      forced.add(path());
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
}
