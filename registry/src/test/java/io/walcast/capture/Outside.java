package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.io.StorageFile;
import io.walcast.sqlite.WalHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Works on the files of a database that is being captured, through programs: this JVM must not open
 * and close them, as that would undo the capture's locks. Stateless.
 */
final class Outside {

  /** Both copies of the wal-index header. */
  private static final int SHM_HEADERS = 96;

  private Outside() {}

  /** Runs a program, which must succeed. */
  static void run(Object... command) throws IOException {
    String[] words = new String[command.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = command[i].toString();
    }
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.PIPE)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", words) + ": " + output);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Copies content into a file that stays the file it is. */
  static void copyInto(Path from, Path to) throws IOException {
    run("cp", from, to);
  }

  /** Saves what the wal-index says to be committed. */
  static void saveHeaders(Path shm, Path saved) throws IOException {
    run("dd", "if=" + shm, "of=" + saved, "bs=" + SHM_HEADERS, "count=1");
  }

  /** Puts back what the wal-index said to be committed. */
  static void restoreHeaders(Path saved, Path shm) throws IOException {
    run("dd", "if=" + saved, "of=" + shm, "bs=" + SHM_HEADERS, "count=1", "conv=notrunc");
  }

  /** Leaves the wal-index header as a writer does that is between its two copies. */
  static void tearHeaders(Path shm, Path scratch) throws IOException {
    run("dd", "if=" + shm, "of=" + scratch, "bs=4", "skip=2", "count=1"); // the commit count
    byte[] count = Files.readAllBytes(scratch);
    Files.write(scratch, new byte[] {(byte) ~count[0], count[1], count[2], count[3]});
    run("dd", "if=" + scratch, "of=" + shm, "bs=4", "seek=14", "count=1", "conv=notrunc");
  }

  /** The WAL's header as it is on disk now. */
  static WalHeader walHeader(Path wal) throws IOException {
    Path copy = wal.resolveSibling("copy-of-wal");
    copyInto(wal, copy);
    try (StorageFile file = new StandardIo().open(copy, Io.OpenMode.READ)) {
      return WalHeader.read(file).orElseThrow();
    } finally {
      Files.delete(copy);
    }
  }

  /** A page of a frame of the WAL as it is on disk now. */
  static byte[] walPage(Path wal, int frame, int pageSize) throws IOException {
    Path copy = wal.resolveSibling("copy-of-wal");
    copyInto(wal, copy);
    try (StorageFile file = new StandardIo().open(copy, Io.OpenMode.READ)) {
      ByteBuffer page = ByteBuffer.allocate(pageSize);
      file.readFully(page, WalHeader.frameOffset(frame, pageSize) + WalHeader.FRAME_HEADER_LENGTH);
      return page.array();
    } finally {
      Files.delete(copy);
    }
  }
}
