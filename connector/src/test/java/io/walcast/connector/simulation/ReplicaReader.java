package io.walcast.connector.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Reads a replica as SQLite does, by the descriptions of its formats: the file, over it the frames
 * of the WAL up to where the wal-index says, or, where nobody is there who keeps it, up to the last
 * commit that the checksums prove.
 */
final class ReplicaReader {

  private static final int WAL_HEADER = 32;
  private static final int FRAME_HEADER = 24;

  private ReplicaReader() {}

  /** Whether there is a replica. */
  static boolean exists(Disk disk, Path database) {
    return disk.find(database) != null && disk.find(database).size() > 0;
  }

  /**
   * Its pages, with zeros for those bytes of page 1 that are the replica's.
   *
   * @param kept whether a living process has it open
   */
  static List<byte[]> pages(Disk disk, Path database, boolean kept) {
    byte[] file = disk.find(database).content();
    int pageSize = ByteBuffer.wrap(file).getShort(16) & 0xffff;
    TreeMap<Integer, byte[]> pages = new TreeMap<>();
    for (int i = 0; i < file.length / pageSize; i++) {
      pages.put(i + 1, Arrays.copyOfRange(file, i * pageSize, (i + 1) * pageSize));
    }
    byte[] wal = content(disk, database, "-wal");
    if (wal.length >= WAL_HEADER) {
      overlay(ByteBuffer.wrap(wal), kept ? indexed(content(disk, database, "-shm")) : -1, pages);
    }
    int size = ByteBuffer.wrap(pages.get(1)).getInt(28);
    List<byte[]> found = new ArrayList<>(pages.headMap(size, true).values());
    found.set(0, disowned(found.get(0)));
    return found;
  }

  private static byte[] content(Disk disk, Path database, String suffix) {
    DiskFile file = disk.find(database.resolveSibling(database.getFileName() + suffix));
    return file == null ? new byte[0] : file.content();
  }

  /** The last frame that the wal-index says is committed; -1: it says nothing. */
  private static int indexed(byte[] shm) {
    boolean valid = shm.length >= 96 && shm[12] == 1 && Arrays.equals(shm, 0, 48, shm, 48, 96);
    return valid ? ByteBuffer.wrap(shm).order(ByteOrder.nativeOrder()).getInt(16) : -1;
  }

  private static void overlay(ByteBuffer wal, int indexed, TreeMap<Integer, byte[]> pages) {
    int pageSize = wal.getInt(8);
    long salts = wal.getLong(16);
    boolean bigEndian = (wal.getInt(0) & 1) == 1;
    int[] sum = new int[2];
    add(sum, wal, 0, 24, bigEndian);
    if (sum[0] != wal.getInt(24) || sum[1] != wal.getInt(28)) {
      return;
    }
    TreeMap<Integer, byte[]> transaction = new TreeMap<>();
    int last = (wal.limit() - WAL_HEADER) / (FRAME_HEADER + pageSize);
    for (int frame = 0; frame < (indexed < 0 ? last : Math.min(last, indexed)); frame++) {
      int at = WAL_HEADER + frame * (FRAME_HEADER + pageSize);
      add(sum, wal, at, 8, bigEndian);
      add(sum, wal, at + FRAME_HEADER, pageSize, bigEndian);
      boolean proven =
          wal.getLong(at + 8) == salts
              && wal.getInt(at + 16) == sum[0]
              && wal.getInt(at + 20) == sum[1];
      if (!proven) {
        return;
      }
      byte[] page = new byte[pageSize];
      wal.get(at + FRAME_HEADER, page);
      transaction.put(wal.getInt(at), page);
      int sizeAfter = wal.getInt(at + 4);
      if (sizeAfter != 0) {
        pages.putAll(transaction);
        pages.tailMap(sizeAfter, false).clear();
        transaction.clear();
      }
    }
  }

  private static void add(int[] sum, ByteBuffer bytes, int from, int length, boolean bigEndian) {
    ByteBuffer in =
        bytes.slice(from, length).order(bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      sum[0] += in.getInt() + sum[1];
      sum[1] += in.getInt() + sum[0];
    }
  }

  /** A page 1 without what a replica writes there itself. */
  static byte[] disowned(byte[] first) {
    byte[] page = first.clone();
    for (int from : new int[] {18, 24, 92}) {
      Arrays.fill(page, from, from == 18 ? 20 : from + 4, (byte) 0);
    }
    return page;
  }
}
