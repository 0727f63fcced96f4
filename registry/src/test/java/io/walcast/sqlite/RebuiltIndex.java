package io.walcast.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Compares a wal-index with the one that SQLite rebuilds from the same WAL. */
final class RebuiltIndex {

  private RebuiltIndex() {}

  /** Through cat: opening and closing the files in this process would drop its locks on them. */
  private static byte[] contentOf(Path file) throws IOException {
    Process cat = new ProcessBuilder("cat", file.toString()).start();
    return cat.getInputStream().readAllBytes();
  }

  static Path copyWithoutIndex(Path database, Path copy) throws IOException {
    Files.write(copy, contentOf(database));
    Files.write(WalConnection.walOf(copy), contentOf(WalConnection.walOf(database)));
    return copy;
  }

  /** Differences in what is committed: frame, size, checksum, salts, and all hash blocks. */
  static List<String> differences(Path database, Path other) throws IOException {
    byte[] a = contentOf(WalConnection.shmOf(database));
    byte[] b = contentOf(WalConnection.shmOf(other));
    List<String> found = new ArrayList<>();
    if (a.length != b.length) {
      found.add("length " + a.length + " and " + b.length);
    }
    compare("header from the flags to the salts", a, b, 12, 40, found);
    compare("hash blocks", a, b, 136, Math.min(a.length, b.length), found);
    return found;
  }

  private static void compare(
      String what, byte[] a, byte[] b, int from, int to, List<String> found) {
    int at = Arrays.mismatch(a, from, to, b, from, to);
    if (at >= 0) {
      found.add(what + " differ at offset " + (from + at));
    }
  }
}
