package io.walcast.sqlite;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.util.Arrays;

/**
 * The memory-mapped wal-index ({@code -shm} file), shared with every connection to the database.
 *
 * <pre>
 *     0  two copies of the {@link WalIndexHeader}, 48 bytes each
 *    96  u32      frames that are back-filled into the database file
 *   100  u32 [5]  marks of the read slots; 0xffffffff: not in use
 *   120  u8 [8]   the lock bytes of {@link WalLocks}
 *   128  u32      frames whose back-filling has been started
 *   132  u32      unused
 *   136  the hash blocks, each to the next multiple of 32 KiB
 * </pre>
 *
 * <p>Reading is thread-safe and makes no system call once mapped. Writing methods need the locks
 * that they name; they stand here and not with the locks because SQLite orders both by hand.
 */
public final class WalIndex {

  /** The value of a read mark that is not in use. */
  public static final int UNUSED_MARK = -1;

  private static final int BACKFILLED = 96;
  private static final int READ_MARKS = 100;
  private static final int BACKFILL_STARTED = 128;
  private static final int DISK_BLOCK = 4096;
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
  private static final VarHandle SALT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private final StorageFile shm;
  private volatile MappedByteBuffer[] blocks = {};

  WalIndex(StorageFile shm) {
    this.shm = shm;
  }

  /**
   * Reads what is committed.
   *
   * @return {@code null} unless both copies are equal, initialised and right by their checksum. A
   *     writer may just be between the two copies: read again, and trust a bad header only under
   *     the write lock.
   */
  public WalIndexHeader readHeader() throws IOException {
    MappedByteBuffer memory = mapped(0);
    if (memory == null) {
      return null;
    }
    byte[] first = new byte[WalIndexHeader.LENGTH];
    byte[] second = new byte[WalIndexHeader.LENGTH];
    memory.get(0, first);
    VarHandle.fullFence(); // writers go the other way: second copy, fence, first copy
    memory.get(WalIndexHeader.LENGTH, second);
    return Arrays.equals(first, second) ? WalIndexHeader.decode(first) : null;
  }

  /**
   * Whether nothing was committed, nor the WAL reset, since this header was read. Cheaper than to
   * read it again, for thousands of indexes at rest.
   */
  public boolean stillAt(WalIndexHeader header) {
    ByteBuffer memory = blocks[0];
    return (int) INT.getAcquire(memory, WalIndexHeader.CHANGE_AT) == header.change()
        && (int) INT.getAcquire(memory, WalIndexHeader.MAX_FRAME_AT) == header.maxFrame()
        && (int) SALT.getAcquire(memory, WalIndexHeader.SALTS_AT) == header.salt1()
        && (int) SALT.getAcquire(memory, WalIndexHeader.SALTS_AT + 4) == header.salt2();
  }

  /** Number of leading frames that are in the database file; needs a header to have been read. */
  public int backfilled() {
    return (int) INT.getAcquire((ByteBuffer) blocks[0], BACKFILLED);
  }

  /** Number of leading frames that may be in the database file, wholly or half. */
  public int backfillStarted() {
    return (int) INT.getAcquire((ByteBuffer) blocks[0], BACKFILL_STARTED);
  }

  /** The mark of read slot 0 to 4: the last frame that its readers use. */
  public int readMark(int slot) {
    return (int) INT.getAcquire((ByteBuffer) blocks[0], READ_MARKS + 4 * slot);
  }

  /** Sets a read mark; the caller holds that slot exclusively. */
  public void setReadMark(int slot, int mark) {
    INT.setRelease((ByteBuffer) blocks[0], READ_MARKS + 4 * slot, mark);
  }

  /** The page that a committed frame holds. */
  public int pageNo(int frame) throws IOException {
    return block(HashBlock.indexOf(frame)).pageNo(frame);
  }

  /** The newest frame up to {@code lastFrame} that holds the page; 0 if none does. */
  public int findFrame(int pageNo, int lastFrame) throws IOException {
    if (lastFrame == 0) {
      return 0;
    }
    for (int i = HashBlock.indexOf(lastFrame); i >= 0; i--) {
      int frame = block(i).find(pageNo, lastFrame);
      if (frame != 0) {
        return frame;
      }
    }
    return 0;
  }

  /** Sets the count of back-filled frames; the caller holds the checkpoint or the write lock. */
  void setBackfilled(int frames) {
    INT.setRelease((ByteBuffer) blocks[0], BACKFILLED, frames);
  }

  /** Announces a back-fill; the caller holds the checkpoint or the write lock. */
  void setBackfillStarted(int frames) {
    INT.setRelease((ByteBuffer) blocks[0], BACKFILL_STARTED, frames);
  }

  /**
   * Publishes an {@linkplain WalIndexHeader#encode encoded} header. The caller holds the write
   * lock; a kill between the copies makes the next connection rebuild the index.
   */
  void writeHeader(byte[] encoded, Steps steps) {
    MappedByteBuffer memory = blocks[0];
    VarHandle.fullFence();
    memory.put(WalIndexHeader.LENGTH, encoded);
    VarHandle.fullFence();
    steps.reached("header copy 2");
    memory.put(0, encoded);
    VarHandle.fullFence();
    steps.reached("header copy 1");
  }

  /** A block that is known to exist, because a committed frame lies in it. */
  HashBlock block(int index) throws IOException {
    MappedByteBuffer memory = mapped(index);
    if (memory == null) {
      throw new WalIndexCorruptException(
          shm.path() + " ends at " + shm.size() + ", before block " + index);
    }
    return new HashBlock(memory, index);
  }

  /** Makes room for a frame; the caller holds the write lock. */
  void growFor(int frame) throws IOException {
    int index = HashBlock.indexOf(frame);
    if (blocks.length > index) {
      return;
    }
    long end = (index + 1L) * HashBlock.LENGTH;
    long at = shm.size();
    while (at < end) { // written, not left sparse: a full disk must fail here, not as a bus error
      int length = (int) Math.min(DISK_BLOCK - at % DISK_BLOCK, end - at);
      shm.writeFully(ByteBuffer.allocate(length), at);
      at += length;
    }
    mapped(index);
  }

  /** Replaces the content of a block, but not the headers; the caller rebuilds the index. */
  void replaceBlock(int index, ByteBuffer content) throws IOException {
    MappedByteBuffer memory = mapped(index);
    int from = index == 0 ? HashBlock.HEADER_BYTES : 0;
    memory.put(from, content, from, HashBlock.LENGTH - from);
  }

  private MappedByteBuffer mapped(int index) throws IOException {
    MappedByteBuffer[] known = blocks;
    return index < known.length ? known[index] : map(index);
  }

  private synchronized MappedByteBuffer map(int index) throws IOException {
    MappedByteBuffer[] known = blocks;
    if (known.length <= index) {
      if (shm.size() < (index + 1L) * HashBlock.LENGTH) {
        return null;
      }
      MappedByteBuffer[] more = Arrays.copyOf(known, index + 1);
      for (int i = known.length; i <= index; i++) {
        more[i] = shm.map((long) i * HashBlock.LENGTH, HashBlock.LENGTH);
      }
      blocks = more;
    }
    return blocks[index];
  }
}
