package io.walcast.sqlite;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.util.Arrays;

/**
 * Copies committed frames into the database file as far as readers permit, waiting for nobody:
 * SQLite's passive checkpoint. Used by one thread at a time, beside any number of readers.
 */
final class NativeCheckpoint {

  private static final int BUFFER_BYTES = 1 << 20;

  private final StorageFile database;
  private final StorageFile wal;
  private final WalSync sync;
  private final WalIndex index;
  private final WalLocks locks;
  private final int pageSize;
  private final Steps steps;

  NativeCheckpoint(WalConnection connection, WalSync sync, Steps steps) {
    this.sync = sync;
    this.database = connection.database();
    this.wal = connection.wal();
    this.index = connection.index();
    this.locks = connection.locks();
    this.pageSize = connection.pageSize();
    this.steps = steps;
  }

  /** Checkpoints what can be; {@code true} if the whole WAL is in the database file now. */
  boolean run() throws IOException {
    FileLock lock = locks.tryExclusive(WalLocks.CHECKPOINT);
    if (lock == null) {
      return false;
    }
    try {
      WalIndexHeader header = index.readHeader();
      return header != null && run(header);
    } finally {
      lock.release();
    }
  }

  private boolean run(WalIndexHeader header) throws IOException {
    int done = index.backfilled();
    if (done >= header.maxFrame()) {
      return true;
    }
    int safe = safeFrame(header.maxFrame());
    if (done >= safe) {
      return false;
    }
    long[] newest = newestFrames(done + 1, safe, header.sizePages());
    FileLock slot0 = locks.tryExclusive(WalLocks.READ_0);
    if (slot0 == null) {
      return false; // somebody reads the database file alone
    }
    try {
      index.setBackfillStarted(safe);
      steps.reached("back-fill announced");
      sync.force();
      copy(newest);
      steps.reached("pages copied");
      boolean complete = safe == header.maxFrame();
      if (complete) {
        adjustSize(header);
        forceDatabase();
        steps.reached("database forced");
      }
      index.setBackfilled(safe);
      return complete;
    } finally {
      slot0.release();
      steps.reached("checkpointed");
    }
  }

  /** A sync that fails may have lost pages of earlier checkpoints, too: all are copied again. */
  private void forceDatabase() throws IOException {
    boolean forced = false;
    try {
      database.force(false);
      forced = true;
    } finally {
      if (!forced) {
        index.setBackfilled(0);
      }
    }
  }

  /** The last frame that no reader is before; marks of slots without readers are moved up. */
  private int safeFrame(int maxFrame) throws IOException {
    int safe = maxFrame;
    for (int slot = 1; slot < WalLocks.READ_SLOTS; slot++) {
      int mark = index.readMark(slot);
      if (Integer.compareUnsigned(safe, mark) > 0) {
        FileLock lock = locks.tryExclusive(WalLocks.READ_0 + slot);
        if (lock == null) {
          safe = mark;
        } else {
          index.setReadMark(slot, slot == 1 ? safe : WalIndex.UNUSED_MARK);
          lock.release();
        }
      }
    }
    return safe;
  }

  /** Page number and frame of the newest frame of each page, packed in that order, ascending. */
  private long[] newestFrames(int from, int to, int sizePages) throws IOException {
    long[] all = new long[to - from + 1];
    for (int frame = from; frame <= to; frame++) {
      all[frame - from] = (long) index.pageNo(frame) << 32 | frame;
    }
    Arrays.sort(all);
    int kept = 0;
    for (int i = 0; i < all.length; i++) {
      boolean newest = i + 1 == all.length || all[i + 1] >>> 32 != all[i] >>> 32;
      if (newest && all[i] >>> 32 <= sizePages) {
        all[kept++] = all[i];
      }
    }
    return Arrays.copyOf(all, kept);
  }

  private void copy(long[] newest) throws IOException {
    int frameSize = WalHeader.FRAME_HEADER_LENGTH + pageSize;
    int most = Math.max(1, Math.min(BUFFER_BYTES / frameSize, newest.length));
    ByteBuffer pages = ByteBuffer.allocate(most * pageSize);
    ByteBuffer frames = ByteBuffer.allocate(most * frameSize);
    for (int i = 0; i < newest.length; ) {
      long firstPage = newest[i] >>> 32;
      int end = i + 1;
      while (end < newest.length && end - i < most && newest[end] >>> 32 == firstPage + end - i) {
        end++;
      }
      pages.clear();
      while (i < end) {
        i = readConsecutive(newest, i, end, frames, pages);
      }
      database.writeFully(pages.flip(), (firstPage - 1) * pageSize);
      steps.reached("run of pages copied");
    }
  }

  /** Reads what lies in the WAL one after another at once; returns the place of what does not. */
  private int readConsecutive(long[] newest, int from, int end, ByteBuffer frames, ByteBuffer pages)
      throws IOException {
    int frameSize = WalHeader.FRAME_HEADER_LENGTH + pageSize;
    int to = from + 1;
    while (to < end && (int) newest[to] == (int) newest[to - 1] + 1) {
      to++;
    }
    int first = WalHeader.FRAME_HEADER_LENGTH; // of the first frame the page is enough
    frames.clear().position(first).limit((to - from) * frameSize);
    wal.readFully(frames, WalHeader.frameOffset((int) newest[from], pageSize) + first);
    for (int i = 0; i < to - from; i++) {
      pages.put(frames.array(), i * frameSize + WalHeader.FRAME_HEADER_LENGTH, pageSize);
    }
    return to;
  }

  /** A commit by somebody else since the header was read leaves this to the next checkpoint. */
  private void adjustSize(WalIndexHeader header) throws IOException {
    if (header.equals(index.readHeader())) {
      long wanted = (long) header.sizePages() * pageSize;
      long present = database.size();
      if (present > wanted) {
        database.truncate(wanted);
      } else if (present < wanted) { // last pages that were never written: free ones
        database.writeFully(ByteBuffer.allocate(1), wanted - 1);
      }
      steps.reached("database cut");
    }
  }
}
