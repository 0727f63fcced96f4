package io.walcast.capture;

import io.walcast.io.StorageFile;
import io.walcast.testing.DelegatingFile;
import io.walcast.testing.DelegatingIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Predicate;

/** The real world, where something happens before each read of certain files. */
final class ThrottledIo extends DelegatingIo {

  /** What happens before a read; may take its time. */
  interface BeforeRead {
    void at(long position) throws IOException;
  }

  private volatile Predicate<Path> which = path -> false;
  private volatile BeforeRead before = position -> {};

  void beforeReads(Predicate<Path> ofFiles, BeforeRead what) {
    which = ofFiles;
    before = what;
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    return new DelegatingFile(super.open(path, mode)) {
      @Override
      public int read(ByteBuffer target, long position) throws IOException {
        if (which.test(path)) {
          before.at(position);
        }
        return super.read(target, position);
      }
    };
  }
}
