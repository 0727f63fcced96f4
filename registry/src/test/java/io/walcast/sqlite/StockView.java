package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.testing.SimulatedIo;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A database as the first connection after a crash finds it, whatever is in its wal-index: the file
 * under the frames that the checksum chain of its WAL proves, up to the last commit.
 */
public final class StockView {

  private StockView() {}

  /** The pages, without the bytes of page 1 that a replica owns. */
  public static TreeMap<Integer, byte[]> pages(SimulatedIo io, Path database, int pageSize)
      throws IOException {
    byte[] file = io.content(database);
    TreeMap<Integer, byte[]> pages = new TreeMap<>();
    for (int i = 0; i < file.length / pageSize; i++) {
      pages.put(i + 1, Arrays.copyOfRange(file, i * pageSize, (i + 1) * pageSize));
    }
    Path journal = database.resolveSibling(database.getFileName() + "-journal");
    if (io.exists(journal)) {
      rollBack(ByteBuffer.wrap(io.content(journal)), pageSize, pages);
    }
    Path wal = WalConnection.walOf(database);
    if (io.exists(wal)) {
      try (StorageFile opened = io.open(wal, Io.OpenMode.READ)) {
        overlay(opened, pageSize, pages);
      }
    }
    byte[] first = pages.get(1);
    if (first != null) {
      int size = ByteBuffer.wrap(first).order(ByteOrder.BIG_ENDIAN).getInt(28);
      pages.tailMap(size, false).clear();
    }
    return disowned(pages);
  }

  /**
   * By the description of the format: header, then page number, page and checksum again and again.
   */
  private static void rollBack(ByteBuffer journal, int pageSize, TreeMap<Integer, byte[]> pages) {
    if (journal.limit() < 28 || journal.getLong(0) != 0xd9d505f920a163d7L) {
      return;
    }
    int at = journal.getInt(20);
    for (int i = 0; i < journal.getInt(8); i++, at += pageSize + 8) {
      byte[] page = new byte[pageSize];
      journal.get(at + 4, page);
      int sum = journal.getInt(12);
      for (int j = pageSize - 200; j > 0; j -= 200) {
        sum += page[j] & 0xff;
      }
      if (sum != journal.getInt(at + 4 + pageSize)) {
        break;
      }
      pages.put(journal.getInt(at), page);
    }
    pages.tailMap(journal.getInt(16), false).clear();
  }

  private static void overlay(StorageFile wal, int pageSize, TreeMap<Integer, byte[]> pages)
      throws IOException {
    Optional<WalHeader> header = WalHeader.read(wal);
    if (header.isEmpty()) {
      return;
    }
    WalFrames frames =
        new WalFrames(
            wal,
            pageSize,
            header.get().salt1(),
            header.get().salt2(),
            header.get().bigEndianChecksum(),
            1,
            (int) ((wal.size() - WalHeader.LENGTH) / (WalHeader.FRAME_HEADER_LENGTH + pageSize)),
            header.get().checksum());
    TreeMap<Integer, byte[]> transaction = new TreeMap<>();
    while (follows(frames)) {
      byte[] page = new byte[pageSize];
      frames.page().get(page);
      transaction.put(frames.pageNo(), page);
      if (frames.sizeAfter() != 0) {
        pages.putAll(transaction);
        pages.tailMap(frames.sizeAfter(), false).clear();
        transaction.clear();
      }
    }
  }

  private static boolean follows(WalFrames frames) throws IOException {
    try {
      return frames.next();
    } catch (WalDamagedException | EOFException end) {
      return false;
    }
  }

  /** The same pages with zeros for the bytes of page 1 that a replica owns. */
  public static TreeMap<Integer, byte[]> disowned(TreeMap<Integer, byte[]> pages) {
    TreeMap<Integer, byte[]> same = new TreeMap<>(pages);
    if (pages.containsKey(1)) {
      byte[] first = pages.get(1).clone();
      for (int from : new int[] {18, 24, 92}) {
        Arrays.fill(first, from, from == 18 ? 20 : from + 4, (byte) 0);
      }
      same.put(1, first);
    }
    return same;
  }
}
