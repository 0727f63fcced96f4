package io.walcast.benchmarks;

import io.walcast.registry.SharedWal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Time for each page committed; the limit writes the same bytes, one write a transaction. */
@State(Scope.Thread)
@OperationsPerInvocation(AppendBenchmark.PAGES)
public class AppendBenchmark extends Pair {

  static final int PAGES = 8_000;
  private static final int LARGEST_WRITE = 127 * Scratch.FRAME_BYTES;

  /** Pages of each transaction. */
  @Param({"1", "10", "1000"})
  public int perTransaction;

  Scratch scratch;
  Logs logs;
  SharedWal wal;
  ByteBuffer[] pages;
  private ByteBuffer bytes;
  private FileChannel plain;

  /** Opens a log. */
  @Setup
  public void open() throws IOException {
    scratch = new Scratch();
    logs = new Logs(scratch);
    wal = logs.open("log", new NoTarget());
    pages = Scratch.pages(64);
    bytes = Scratch.direct(LARGEST_WRITE);
  }

  /** Begins with empty files. */
  @Setup(Level.Invocation)
  public void empty() throws IOException {
    Logs.foldAway(wal);
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

  /** Transactions. */
  @Override
  void work() throws IOException {
    for (int done = 0; done < PAGES; done += perTransaction) {
      transaction(1 + done % 2_000);
    }
  }

  void transaction(int firstPage) throws IOException {
    Logs.commit(wal, pages, firstPage, 1, perTransaction);
  }

  /** Plain sequential writes. */
  @Override
  void leastWork() throws IOException {
    long at = 0;
    for (int done = 0; done < PAGES; done += perTransaction) {
      int left = perTransaction * Scratch.FRAME_BYTES;
      while (left > 0) {
        bytes.clear().limit(Math.min(left, LARGEST_WRITE));
        int written = plain.write(bytes, at);
        at += written;
        left -= written;
      }
    }
  }
}
