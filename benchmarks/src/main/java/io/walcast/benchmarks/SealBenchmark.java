package io.walcast.benchmarks;

import io.walcast.registry.SharedWal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Time to swap a segment of 8,000 frames and pages, unsynced; the limit writes as many bytes to an
 * open file and begins another.
 */
@State(Scope.Thread)
public class SealBenchmark extends Pair {

  private static final int PAGES = 8_000;

  private Scratch scratch;
  private Logs logs;
  private SharedWal wal;
  private ByteBuffer[] pages;
  private ByteBuffer index;
  private ByteBuffer header;
  private FileChannel plain;

  /** Opens a log. */
  @Setup
  public void open() throws IOException {
    scratch = new Scratch();
    logs = new Logs(scratch);
    wal = logs.open("log", new NoTarget());
    pages = Scratch.pages(64);
    index = Scratch.direct(PAGES * 8 + 68);
    header = Scratch.direct(68);
  }

  /** Fills the current segment. */
  @Setup(Level.Invocation)
  public void fill() throws IOException {
    Logs.foldAway(wal);
    for (int i = 0; i < PAGES / 1_000; i++) {
      Logs.commit(wal, pages, 1 + i, PAGES / 1_000, 1_000);
    }
    plain = Scratch.emptied(scratch.resolve("plain"));
  }

  /** Closes the plain file. */
  @TearDown(Level.Invocation)
  public void closePlain() throws IOException {
    plain.close();
  }

  /** Deletes everything. */
  @TearDown
  public void close() throws IOException {
    logs.close();
    scratch.close();
  }

  /** A swap. */
  @Override
  void work() throws IOException {
    wal.swap();
  }

  /** The same bytes, written. */
  @Override
  void leastWork() throws IOException {
    plain.write(index.rewind(), 0);
    try (FileChannel next = Scratch.emptied(scratch.resolve("next"))) {
      next.write(header.rewind(), 0);
    }
  }
}
