package io.walcast.benchmarks;

import io.walcast.registry.SharedWal;
import io.walcast.segment.BufferPool;
import io.walcast.segment.SegmentDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Time for each frame to open a segment of 64 MiB from the page cache; the limit is one CRC32C over
 * the same file.
 */
@State(Scope.Thread)
@OperationsPerInvocation(ScanBenchmark.PAGES)
public class ScanBenchmark extends Pair {

  static final int PAGES = 16_000;

  /** Whether the segment was sealed: its frames are verified; else it is recovered and sealed. */
  @Param({"true", "false"})
  public boolean sealed;

  private final BufferPool buffers = new BufferPool(1);
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BufferPool.BUFFER_BYTES);
  private Scratch scratch;
  private Logs logs;
  private SegmentDirectory directory;
  private Path segment;
  private long unsealedBytes;
  private FileChannel plain;

  /** Read, so that nothing is optimised away. */
  public long checksum;

  /** Writes the segment. */
  @Setup
  public void open() throws IOException {
    scratch = new Scratch();
    logs = new Logs(scratch);
    SharedWal wal = logs.open("log", new NoTarget());
    ByteBuffer[] pages = Scratch.pages(64);
    for (int i = 0; i < PAGES / 1_000; i++) {
      Logs.commit(wal, pages, 1 + i * 500, 1, 1_000);
    }
    unsealedBytes = wal.sizeBytes();
    if (sealed) {
      wal.swap();
    }
    logs.leave(wal);
    directory = new SegmentDirectory(logs.io, scratch.resolve("log"), buffers, false);
    segment = directory.segments().get(0);
    plain = FileChannel.open(segment, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Undoes a recovery. */
  @Setup(Level.Invocation)
  public void unseal() throws IOException {
    if (!sealed) {
      plain.truncate(unsealedBytes);
    }
  }

  /** Deletes everything. */
  @TearDown
  public void close() throws IOException {
    plain.close();
    logs.close();
    scratch.close();
  }

  /** Opens the segment. */
  @Override
  void work() throws IOException {
    directory.open(segment, Long.MAX_VALUE).orElseThrow().close();
  }

  /** A plain CRC32C. */
  @Override
  void leastWork() throws IOException {
    CRC32C crc = new CRC32C();
    long at = 0;
    int n = plain.read(buffer.clear(), at);
    while (n > 0) {
      crc.update(buffer.flip());
      at += n;
      n = plain.read(buffer.clear(), at);
    }
    checksum = crc.getValue();
  }
}
