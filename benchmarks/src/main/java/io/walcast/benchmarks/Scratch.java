package io.walcast.benchmarks;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A directory of one benchmark, deleted at its end, and what is put into files there. */
final class Scratch implements Closeable {

  /** Where the directories are made; the forks inherit it. */
  static final String DIRECTORY = "walcast.benchmark.directory";

  static final int PAGE_SIZE = 4096;

  /** Bytes that a page takes in a segment, its frame header included. */
  static final int FRAME_BYTES = 24 + PAGE_SIZE;

  private final Path path;

  Scratch() throws IOException {
    Path parent = Path.of(System.getProperty(DIRECTORY, System.getProperty("java.io.tmpdir")));
    path = Files.createTempDirectory(Files.createDirectories(parent), "walcast");
  }

  Path resolve(String name) {
    return path.resolve(name);
  }

  /**
   * Random pages on the heap, as they come out of records and databases; the first begins as page 1
   * of a database has to.
   */
  static ByteBuffer[] pages(int count) {
    Random random = new Random(1);
    ByteBuffer[] pages = new ByteBuffer[count];
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[PAGE_SIZE];
      random.nextBytes(bytes);
      pages[i] = ByteBuffer.wrap(bytes);
    }
    byte[] magic = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
    byte[] format = {PAGE_SIZE >> 8, 0, 2, 2, 0, 64, 32, 32};
    pages[0].put(0, magic).put(magic.length, format);
    return pages;
  }

  /** Random bytes outside the heap, which no write has to copy first. */
  static ByteBuffer direct(int length) {
    byte[] bytes = new byte[length];
    new Random(2).nextBytes(bytes);
    return ByteBuffer.allocateDirect(length).put(bytes).flip();
  }

  static FileChannel emptied(Path file) throws IOException {
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  @Override
  public void close() throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(path)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) {
      Files.delete(each);
    }
  }
}
