package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Appends transactions to the WAL and publishes them in the wal-index. Nothing is visible before
 * the header is published; what a failed attempt leaves behind, the next one overwrites. The caller
 * holds the write lock.
 */
final class WalWriter {

  private final Io io;
  private final StorageFile wal;
  private final WalSync sync;
  private final WalIndex index;
  private final int pageSize;
  private final long maxIdleBytes;
  private final Steps steps;

  /**
   * Writes to the WAL of a connection.
   *
   * @param maxIdleFrames a WAL file longer than this many frames is emptied when it starts over
   */
  WalWriter(Io io, WalConnection connection, WalSync sync, int maxIdleFrames, Steps steps) {
    this.io = io;
    this.sync = sync;
    this.wal = connection.wal();
    this.index = connection.index();
    this.pageSize = connection.pageSize();
    this.maxIdleBytes = WalHeader.frameOffset(maxIdleFrames + 1, pageSize);
    this.steps = steps;
  }

  /** Writes and publishes one transaction after the committed frames that {@code header} names. */
  void write(WalIndexHeader header, TransactionFrames frames, TransactionFrames.PageOne current)
      throws IOException {
    int before = header.maxFrame();
    int last = Math.addExact(before, frames.count());
    index.growFor(last); // first, so that a full disk is noticed before anything is written
    WalIndexHeader generation = before == 0 ? startGeneration(header) : header;
    long checksum = generation.checksum();
    for (int done = 0; done < frames.count(); ) {
      int loaded = frames.load(done, current);
      if (done + loaded == frames.count()) {
        frames.verify(); // before the frame that commits is written: a recovery would bring it back
      }
      checksum = frames.seal(generation, checksum);
      wal.writeFully(frames.bytes(), WalHeader.frameOffset(before + done + 1, pageSize));
      done += loaded;
      steps.reached("frames written");
    }
    enterInIndex(before, frames);
    index.writeHeader(
        generation.committed(last, frames.sizeAfter(), pageSize, checksum).encode(), steps);
  }

  private void enterInIndex(int before, TransactionFrames frames) throws IOException {
    for (int i = 0; i < frames.count(); i++) {
      int frame = before + 1 + i;
      index.block(HashBlock.indexOf(frame)).append(frame, frames.pageNo(i));
      if (i == frames.count() / 2) {
        steps.reached("half of the frames in the index");
      }
    }
    steps.reached("frames in the index");
  }

  /**
   * Writes the header of a new generation, and waits until it is on disk: after a power cut an old
   * header over new frames would lead to a prefix of the old generation.
   */
  private WalIndexHeader startGeneration(WalIndexHeader header) throws IOException {
    if (index.backfilled() != 0) { // left by a SQLite writer that died between two stores
      index.setBackfilled(0);
      index.setBackfillStarted(0);
    }
    int sequence = WalHeader.read(wal).map(old -> old.checkpointSequence() + 1).orElse(0);
    boolean fresh = header.salt1() == 0 && header.salt2() == 0;
    int salt1 = fresh ? (int) io.randomLong() : header.salt1();
    WalHeader started = WalHeader.of(pageSize, sequence, salt1, (int) io.randomLong());
    if (wal.size() > maxIdleBytes) {
      wal.truncate(0);
      steps.reached("WAL emptied");
    }
    wal.writeFully(started.encode(), 0);
    steps.reached("WAL header written");
    sync.forceAsWritten();
    steps.reached("WAL header forced");
    return header.started(started);
  }

  /**
   * Takes away what a dead writer wrote but never published. Were it left, the next rebuilding of
   * the index would bring it back, perhaps after other readers had seen that it was not there.
   */
  void forgetUnpublished(WalIndexHeader header) throws IOException {
    long end = WalHeader.frameOffset(header.maxFrame() + 1, pageSize);
    if (wal.size() >= end + WalHeader.FRAME_HEADER_LENGTH) {
      wal.writeFully(ByteBuffer.allocate(WalHeader.FRAME_HEADER_LENGTH), end);
      steps.reached("unpublished frames forgotten");
    }
  }
}
