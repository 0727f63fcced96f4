package io.walcast.sqlite;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileLock;
import java.time.Duration;
import java.util.Optional;

/**
 * Rebuilds a wal-index from its WAL, as the first connection after a crash does: every frame up to
 * the last commit that the checksum chain proves. The caller holds the write lock.
 */
final class WalRecovery {

  private final StorageFile wal;
  private final WalIndex index;
  private final WalLocks locks;
  private final int pageSize;
  private final Steps steps;

  WalRecovery(StorageFile wal, WalIndex index, WalLocks locks, int pageSize, Steps steps) {
    this.wal = wal;
    this.index = index;
    this.locks = locks;
    this.pageSize = pageSize;
    this.steps = steps;
  }

  void run(Duration lockWait) throws IOException {
    // Checkpoint and recover byte as one range: nobody can get in between.
    FileLock lock = locks.awaitExclusive(WalLocks.CHECKPOINT, 2, lockWait);
    try {
      steps.reached("recovery locked");
      WalIndexHeader header = rebuild();
      index.writeHeader(header.encode(), steps);
      index.setBackfilled(0);
      index.setBackfillStarted(header.maxFrame());
      index.setReadMark(0, 0);
      steps.reached("recovery published");
      resetReadMarks(header.maxFrame());
    } finally {
      lock.release();
    }
    steps.reached("recovered");
  }

  private void resetReadMarks(int maxFrame) throws IOException {
    for (int slot = 1; slot < WalLocks.READ_SLOTS; slot++) {
      FileLock lock = locks.tryExclusive(WalLocks.READ_0 + slot);
      if (lock != null) { // else a reader is still on its old mark, which stays right
        index.setReadMark(slot, slot == 1 && maxFrame > 0 ? maxFrame : WalIndex.UNUSED_MARK);
        lock.release();
      }
    }
  }

  private WalIndexHeader rebuild() throws IOException {
    Optional<WalHeader> found = WalHeader.read(wal);
    if (found.isEmpty()) {
      return WalIndexHeader.empty();
    }
    WalHeader header = found.get();
    if (header.pageSize() != pageSize) {
      throw new WalIndexCorruptException(
          wal.path()
              + " has pages of "
              + header.pageSize()
              + " bytes, its database of "
              + pageSize);
    }
    return readFrames(header);
  }

  private WalIndexHeader readFrames(WalHeader header) throws IOException {
    long whole = (wal.size() - WalHeader.LENGTH) / (WalHeader.FRAME_HEADER_LENGTH + pageSize);
    int last = (int) Math.min(Integer.MAX_VALUE, whole);
    WalFrames frames =
        new WalFrames(
            wal,
            pageSize,
            header.salt1(),
            header.salt2(),
            header.bigEndianChecksum(),
            1,
            last,
            header.checksum());
    WalIndexHeader committed = WalIndexHeader.rebuilt(header);
    RebuiltBlocks blocks = new RebuiltBlocks();
    while (follows(frames)) {
      blocks.add(frames.frame(), frames.pageNo());
      if (frames.sizeAfter() != 0) {
        committed = committed.recovered(frames, pageSize);
      }
    }
    blocks.finish();
    return committed;
  }

  /** The log ends, without any mark, at the first frame that does not follow from those before. */
  private static boolean follows(WalFrames frames) throws IOException {
    try {
      return frames.next();
    } catch (WalDamagedException end) {
      return false;
    }
  }

  /** Builds each block apart: readers of an older header may be looking at the mapped one. */
  private final class RebuiltBlocks {

    private final ByteBuffer content =
        ByteBuffer.allocate(HashBlock.LENGTH).order(ByteOrder.nativeOrder());
    private int number;

    void add(int frame, int pageNo) throws IOException {
      int wanted = HashBlock.indexOf(frame);
      if (wanted != number) {
        finish();
        content.clear().put(new byte[HashBlock.LENGTH]).clear();
        number = wanted;
      }
      new HashBlock(content, number).enter(frame, pageNo);
    }

    void finish() throws IOException {
      index.growFor(HashBlock.framesBefore(number) + 1);
      index.replaceBlock(number, content);
      steps.reached("recovery block");
    }
  }
}
