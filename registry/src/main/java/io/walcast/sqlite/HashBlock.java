package io.walcast.sqlite;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * One 32 KiB block of the wal-index: the page numbers of a run of frames, and a hash table over
 * them. The first block gives its first 136 bytes to the headers.
 *
 * <pre>
 *   0 (first block: 136)  u32 [4096] (first block: 4062)  page number of each frame
 *   16384                 u16 [8192]                      hash table: place of the frame, 1-based
 * </pre>
 *
 * <p>Written by the holder of the write lock; readers look up without a lock and ignore what is
 * beyond the last frame that their header names.
 */
final class HashBlock {

  /** Length in bytes. */
  static final int LENGTH = 32768;

  static final int HEADER_BYTES = 136;
  private static final int FRAMES = 4096;
  private static final int FIRST_FRAMES = FRAMES - HEADER_BYTES / 4;
  private static final int TABLE = 4 * FRAMES;
  private static final int TABLE_SLOTS = 2 * FRAMES;
  private static final int HASH_FACTOR = 383;

  private final ByteBuffer memory;
  private final int before;
  private final int pages;

  /**
   * Looks at a block.
   *
   * @param memory its bytes, in native byte order
   * @param index its number, from 0
   */
  HashBlock(ByteBuffer memory, int index) {
    this.memory = memory;
    this.before = framesBefore(index);
    this.pages = index == 0 ? HEADER_BYTES : 0;
  }

  /** The block that holds a frame (from 1). */
  static int indexOf(int frame) {
    return frame <= FIRST_FRAMES ? 0 : 1 + (frame - FIRST_FRAMES - 1) / FRAMES;
  }

  /** The number of frames in all blocks before this one. */
  static int framesBefore(int index) {
    return index == 0 ? 0 : FIRST_FRAMES + (index - 1) * FRAMES;
  }

  int pageNo(int frame) {
    return memory.getInt(pageOffset(frame));
  }

  /** Enters the frame that follows all others, clearing what a dead writer has left. */
  void append(int frame, int pageNo) throws WalIndexCorruptException {
    if (frame == before + 1) {
      clear();
    } else if (pageNo(frame) != 0) {
      removeAfter(frame - 1);
    }
    enter(frame, pageNo);
  }

  /** Enters a frame in a block that holds nothing of it or after it. */
  void enter(int frame, int pageNo) throws WalIndexCorruptException {
    int place = frame - before;
    int slot = firstSlot(pageNo);
    for (int used = 0; entry(slot) != 0; used++) {
      if (used == place) {
        throw new WalIndexCorruptException(
            "hash table of the wal-index is full before frame " + frame);
      }
      slot = (slot + 1) & (TABLE_SLOTS - 1);
    }
    memory.putInt(pageOffset(frame), pageNo);
    VarHandle.releaseFence(); // a reader that finds the entry must find the page number
    memory.putShort(TABLE + 2 * slot, (short) place);
  }

  /** The newest frame up to {@code last} that holds the page; 0 if none does. */
  int find(int pageNo, int last) throws WalIndexCorruptException {
    int found = 0;
    int slot = firstSlot(pageNo);
    for (int tries = 0; entry(slot) != 0; tries++) {
      if (tries == TABLE_SLOTS) {
        throw new WalIndexCorruptException("hash table of the wal-index has no free entry");
      }
      int place = entry(slot);
      if (place > FRAMES - pages / 4) {
        throw new WalIndexCorruptException(
            "hash table of the wal-index leads to place " + place + " of its block");
      }
      int frame = before + place;
      if (frame <= last && frame > found && pageNo(frame) == pageNo) {
        found = frame;
      }
      slot = (slot + 1) & (TABLE_SLOTS - 1);
    }
    return found;
  }

  private void clear() {
    for (int offset = pages; offset < LENGTH; offset += 4) {
      memory.putInt(offset, 0);
    }
  }

  private void removeAfter(int frame) {
    int place = frame - before;
    for (int slot = 0; slot < TABLE_SLOTS; slot++) {
      if (entry(slot) > place) {
        memory.putShort(TABLE + 2 * slot, (short) 0);
      }
    }
    for (int offset = pages + 4 * place; offset < TABLE; offset += 4) {
      memory.putInt(offset, 0);
    }
  }

  private int pageOffset(int frame) {
    return pages + 4 * (frame - before - 1);
  }

  private int entry(int slot) {
    return memory.getShort(TABLE + 2 * slot) & 0xffff;
  }

  private static int firstSlot(int pageNo) {
    return (pageNo * HASH_FACTOR) & (TABLE_SLOTS - 1);
  }
}
