package io.walcast.benchmarks;

import io.walcast.checkpoint.LiveTarget;
import io.walcast.registry.SharedWal;
import io.walcast.sqlite.LiveOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Time for each page to fold 8 segments of 1,000 pages into a live replica, SQLite's WAL and its
 * syncs included; the limit is a plain copy of the pages from file to file.
 */
@State(Scope.Thread)
@OperationsPerInvocation(CheckpointBenchmark.PAGES)
public class CheckpointBenchmark extends Pair {

  private static final int SEGMENTS = 8;
  static final int PAGES = 8_000;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(512 * 1024);
  private Scratch scratch;
  private Logs logs;
  private SharedWal wal;
  private ByteBuffer[] pages;
  private FileChannel from;
  private FileChannel to;

  /** Makes the replica. */
  @Setup
  public void open() throws IOException {
    scratch = new Scratch();
    logs = new Logs(scratch);
    wal =
        logs.open(
            "log",
            new LiveTarget(
                logs.io,
                scratch.resolve("live.db"),
                scratch.resolve("position"),
                LiveOptions.defaults()));
    pages = Scratch.pages(64);
    Logs.commitDatabase(wal, pages, PAGES);
    Logs.foldAway(wal);
    from = Scratch.emptied(scratch.resolve("from"));
    from.write(Scratch.direct(PAGES * Scratch.PAGE_SIZE));
    to = Scratch.emptied(scratch.resolve("to"));
  }

  /** Seals segments. */
  @Setup(Level.Invocation)
  public void seal() throws IOException {
    Logs.foldAway(wal);
    for (int i = 0; i < SEGMENTS; i++) {
      Logs.commit(wal, pages, 1 + i, SEGMENTS, PAGES / SEGMENTS, PAGES);
      wal.swap();
    }
  }

  /** Deletes everything. */
  @TearDown
  public void close() throws IOException {
    from.close();
    to.close();
    logs.close();
    scratch.close();
  }

  /** Folds them. */
  @Override
  void work() throws IOException {
    Logs.foldAway(wal);
  }

  /** A plain copy. */
  @Override
  void leastWork() throws IOException {
    long at = 0;
    int n = from.read(buffer.clear(), at);
    while (n > 0) {
      to.write(buffer.flip(), at);
      at += n;
      n = from.read(buffer.clear(), at);
    }
  }
}
