package io.walcast.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A small record that is replaced as a whole: a write goes to the slot that does not hold the
 * newest record, so a crash at any byte leaves the record before or the record after it.
 *
 * <p>Two slots, at 0 and at 4,096 (or the next multiple that holds the payload), big-endian:
 *
 * <pre>
 *   0   u32  magic "WC2S"
 *   4   u32  payload length n
 *   8   u64  sequence: one more with each write, odd in the second slot; the higher is the newest
 *   16  n    payload
 *   16+n u32 CRC32C of everything before
 * </pre>
 *
 * <p>Thread-safe. The file is opened when it is first needed and created by the first write.
 */
public final class TwoSlotFile implements Closeable {

  private static final int MAGIC = 0x57433253;
  private static final int PAYLOAD_AT = 16;
  private static final int STRIDE = 4096; // slots never share a sector or a page

  private final Io io;
  private final Path path;
  private final int payloadBytes;
  private final int slotBytes;
  private final long stride;

  private StorageFile file;
  private boolean entrySynced;
  private boolean settled; // whether the newest record is on the disk, or there is none
  private long sequence = -1; // -1: not read yet

  /**
   * Opens nothing yet.
   *
   * @param payloadBytes exact length of every payload
   */
  public TwoSlotFile(Io io, Path path, int payloadBytes) {
    this.io = io;
    this.path = path;
    this.payloadBytes = payloadBytes;
    this.slotBytes = PAYLOAD_AT + payloadBytes + 4;
    this.stride = (slotBytes + STRIDE - 1L) / STRIDE * STRIDE;
  }

  /** Where the file is, or will be. */
  public Path path() {
    return path;
  }

  /** The newest valid payload, or {@code null} if there is none. */
  public synchronized byte[] read() throws IOException {
    List<byte[]> all = readAll();
    return all.isEmpty() ? null : all.get(0);
  }

  /** All valid payloads, newest first: none, one or two. */
  public synchronized List<byte[]> readAll() throws IOException {
    List<byte[]> found = new ArrayList<>(2);
    if (file == null && !io.exists(path)) {
      sequence = 0;
      settled = true;
      return found;
    }
    sequence = -1; // until both are read: a lower one would let the next write hit the newest slot
    long highest = 0;
    openFile();
    for (int slot = 0; slot < 2; slot++) {
      ByteBuffer content = readSlot(slot);
      if (content != null) {
        byte[] payload = new byte[payloadBytes];
        content.get(PAYLOAD_AT, payload);
        boolean newest = content.getLong(8) > highest;
        found.add(newest ? 0 : found.size(), payload);
        highest = Math.max(highest, content.getLong(8));
      }
    }
    sequence = highest;
    settled = found.isEmpty(); // else its sync may have failed
    return found;
  }

  /**
   * Replaces the record. When it fails, the record before is still the newest, or this one is; and
   * so after a power cut, if all writes are synced. Writes that are not may leave none.
   *
   * @param payload its remaining bytes, exactly the payload length
   * @param sync whether to make it durable before returning
   */
  public synchronized void write(ByteBuffer payload, boolean sync) throws IOException {
    if (payload.remaining() != payloadBytes) {
      throw new IllegalArgumentException(
          payload.remaining() + " bytes for " + path + ", whose records have " + payloadBytes);
    }
    if (sequence < 0) {
      readAll();
    }
    if (sequence == Long.MAX_VALUE) {
      throw new IOException(path + " has sequence " + sequence + ", which has no next one");
    }
    openFile();
    if (sync && !settled) {
      settle();
    }
    long next = sequence + 1;
    ByteBuffer slot = ByteBuffer.allocate(slotBytes);
    slot.putInt(MAGIC).putInt(payloadBytes).putLong(next).put(payload);
    slot.putInt(checksum(slot)).flip();
    file.writeFully(slot, (next & 1) * stride);
    if (sync) {
      sync();
    }
    settled = sync;
    sequence = next;
  }

  private void sync() throws IOException {
    file.force(false);
    if (!entrySynced) {
      io.syncDirectory(path.toAbsolutePath().getParent());
      entrySynced = true;
    }
  }

  /**
   * Makes the newest record durable, unless that is known: a record that can be read may be one
   * whose sync has failed.
   */
  public synchronized void force() throws IOException {
    if (sequence < 0) {
      readAll();
    }
    if (!settled) {
      settle();
    }
  }

  /** Writes the newest record again: a sync that failed has lost it, and no later one writes it. */
  private void settle() throws IOException {
    ByteBuffer newest = readSlot((int) (sequence & 1));
    if (newest != null) {
      file.writeFully(newest.rewind(), (sequence & 1) * stride);
      sync();
    }
    settled = true;
  }

  private void openFile() throws IOException {
    if (file == null) {
      file = io.open(path, Io.OpenMode.CREATE);
    }
  }

  private ByteBuffer readSlot(int slot) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(slotBytes);
    long at = slot * stride;
    if (file.size() < at + slotBytes) {
      return null; // never written, or torn
    }
    file.readFully(content, at);
    boolean valid =
        content.getInt(0) == MAGIC
            && content.getInt(4) == payloadBytes
            && isSequence(content.getLong(8), slot)
            && content.getInt(slotBytes - 4) == checksum(content);
    return valid ? content : null;
  }

  /** A record in the wrong slot would be overwritten next although it is the newest. */
  private static boolean isSequence(long sequence, int slot) {
    return sequence > 0 && (sequence & 1) == slot;
  }

  private int checksum(ByteBuffer slot) {
    CRC32C crc = new CRC32C();
    crc.update(slot.array(), 0, slotBytes - 4);
    return (int) crc.getValue();
  }

  /** Closes the file; a later read or write opens it again. */
  @Override
  public synchronized void close() throws IOException {
    if (file != null) {
      StorageFile open = file;
      file = null;
      sequence = -1;
      open.close();
    }
  }
}
