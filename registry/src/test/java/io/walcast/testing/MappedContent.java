package io.walcast.testing;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * A file that is mapped, and so has to be a real one. A crash leaves nothing of it, or what was
 * there at some time: mapped pages are written back at any time and in any order.
 */
final class MappedContent {

  private static final int PAGE = 4096;

  private final Path scratch;
  private StorageFile file;

  MappedContent(Path scratch) throws IOException {
    this.scratch = scratch;
    begin();
  }

  private void begin() throws IOException {
    Path path = Files.createTempFile(scratch, "mapped", null);
    file = new StandardIo().open(path, Io.OpenMode.READ_WRITE);
    Files.delete(path);
  }

  StorageFile file() {
    return file;
  }

  byte[] copy() throws IOException {
    ByteBuffer all = ByteBuffer.allocate((int) file.size());
    file.readFully(all, 0);
    return all.array();
  }

  /** Goes on in another file: the mappings of those who have crashed stay with this one. */
  void crash(SplittableRandom random) throws IOException {
    byte[] before = copy();
    file.close();
    begin();
    int mood = random.nextInt(3);
    for (int at = 0; at < before.length; at += PAGE) {
      if (mood == 0 || (mood == 1 && random.nextBoolean())) {
        file.writeFully(ByteBuffer.wrap(before, at, Math.min(PAGE, before.length - at)), at);
      }
    }
  }

  void close() throws IOException {
    file.close();
  }
}
