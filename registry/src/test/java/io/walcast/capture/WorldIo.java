package io.walcast.capture;

import io.walcast.io.DiskFullException;
import io.walcast.io.FileIdentity;
import io.walcast.io.StorageFile;
import io.walcast.testing.DelegatingFile;
import io.walcast.testing.DelegatingIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The real world, with a clock that can be moved on and writes that can fail. */
final class WorldIo extends DelegatingIo {

  private volatile long aheadNs;
  private volatile Duration clockStep = Duration.ZERO;
  private volatile Predicate<Path> failingWrites = path -> false;
  private volatile Predicate<Path> full = path -> false;
  private volatile Consumer<Path> beforeIdentity = path -> {};
  private volatile UUID boot; // null: the real one
  private final List<Path> forced = new CopyOnWriteArrayList<>();

  /** The system has been started anew. */
  void boot(UUID id) {
    boot = id;
  }

  void passNs(long ns) {
    aheadNs += ns;
  }

  /** Steps the wall clock, on top of earlier steps; the monotonic clock knows nothing of it. */
  void stepClock(Duration step) {
    clockStep = clockStep.plus(step);
  }

  void failWrites(Predicate<Path> which) {
    failingWrites = which;
  }

  /** No space is left for these files. */
  void fullDiskFor(Predicate<Path> which) {
    full = which;
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
    return new File(super.open(path, mode));
  }

  @Override
  public FileIdentity identity(Path path) throws IOException {
    beforeIdentity.accept(path);
    return super.identity(path);
  }

  @Override
  public Instant now() {
    return super.now().plus(clockStep);
  }

  @Override
  public UUID bootId() {
    return boot == null ? super.bootId() : boot;
  }

  @Override
  public long nanoTime() {
    return super.nanoTime() + aheadNs;
  }

  private final class File extends DelegatingFile {

    File(StorageFile file) {
      super(file);
    }

    @Override
    public void writeFully(ByteBuffer source, long position) throws IOException {
      if (failingWrites.test(path())) {
        throw new IOException("no luck writing " + path());
      }
      if (full.test(path())) {
        throw new DiskFullException("no space left writing " + path(), null);
      }
      super.writeFully(source, position);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      super.force(metadata);
      forced.add(path());
    }
  }
}
