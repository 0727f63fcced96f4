package io.walcast.benchmarks;

import io.walcast.checkpoint.LiveTarget;
import io.walcast.registry.CheckpointTarget;
import io.walcast.registry.SharedWal;
import io.walcast.sqlite.LiveOptions;
import io.walcast.transaction.ReadTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Time to read a random one of a thousand pages; the limit is a plain read from the page cache. The
 * pages of the segments of a tail interleave, so that none is told from the others by its range.
 */
@State(Scope.Thread)
@OperationsPerInvocation(ReadBenchmark.READS)
public class ReadBenchmark extends Pair {

  static final int READS = 1_000;
  private static final int PAGES = 1_000;

  /** Where the page is found. */
  public enum Place {
    /** In the current segment. */
    CURRENT(1),
    /** In the only sealed segment. */
    TAIL_OF_1(1),
    /** In any of 64 sealed segments. */
    TAIL_OF_64(64),
    /** In the oldest of 64 sealed segments: the others are asked first. */
    OLDEST_OF_64(64),
    /** In the database file of a live replica. */
    FILE(1);

    final int segments;

    Place(int segments) {
      this.segments = segments;
    }
  }

  /** Where the page is found. */
  @Param public Place place;

  private final SplittableRandom random = new SplittableRandom(3);
  private final ByteBuffer target = ByteBuffer.allocate(Scratch.PAGE_SIZE);
  private Scratch scratch;
  private Logs logs;
  private ReadTransaction snapshot;
  private FileChannel plain;
  private int spread; // pages that reads go to: the limit's are as far apart

  /** Writes the segments. */
  @Setup
  public void open() throws IOException {
    scratch = new Scratch();
    logs = new Logs(scratch);
    SharedWal wal = logs.open("log", place == Place.FILE ? liveTarget() : new NoTarget());
    ByteBuffer[] pages = Scratch.pages(64);
    if (place == Place.FILE) {
      Logs.commitDatabase(wal, pages, PAGES);
      Logs.foldAway(wal);
    } else {
      for (int i = 0; i < place.segments; i++) {
        Logs.commit(wal, pages, 1 + i, place.segments, PAGES);
        if (place != Place.CURRENT) {
          wal.swap();
        }
      }
    }
    snapshot = wal.beginRead();
    spread = place == Place.TAIL_OF_64 ? PAGES * place.segments : PAGES;
    plain = FileChannel.open(plainFile(), StandardOpenOption.READ);
  }

  private CheckpointTarget liveTarget() throws IOException {
    return new LiveTarget(
        logs.io, scratch.resolve("live.db"), scratch.resolve("position"), LiveOptions.defaults());
  }

  private Path plainFile() throws IOException {
    Path file = scratch.resolve("plain");
    try (FileChannel written = Scratch.emptied(file)) {
      written.write(Scratch.direct(spread * Scratch.PAGE_SIZE));
    }
    return file;
  }

  /** Deletes everything. */
  @TearDown
  public void close() throws IOException {
    plain.close();
    snapshot.close();
    logs.close();
    scratch.close();
  }

  /** Pages of a snapshot, verified. */
  @Override
  void work() throws IOException {
    for (int read = 0; read < READS; read++) {
      int i = random.nextInt(PAGES);
      int segment = place == Place.TAIL_OF_64 ? random.nextInt(place.segments) : 0;
      snapshot.readPage(1 + segment + i * place.segments, target.clear());
    }
  }

  /** Plain reads. */
  @Override
  void leastWork() throws IOException {
    for (int read = 0; read < READS; read++) {
      plain.read(target.clear(), (long) random.nextInt(spread) * Scratch.PAGE_SIZE);
    }
  }
}
