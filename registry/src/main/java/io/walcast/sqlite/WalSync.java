package io.walcast.sqlite;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Makes a WAL durable: its frames, and its entry in the directory, which is new if the last SQLite
 * client to leave has deleted the WAL before. Nothing of a WAL may reach the database file before
 * both are: a power cut would bring back the file of before, or none.
 *
 * <p>After a sync that failed the system holds pages for clean that it never wrote, so a later one
 * that succeeds proves nothing. The frames are written again before it. What was there at opening
 * may be such pages, too, of a process that failed and ended: so the first sync writes all of it.
 *
 * <p>Used by one thread at a time.
 */
final class WalSync {

  private static final int BUFFER_BYTES = 1 << 20;

  private final Io io;
  private final Path directory;
  private final StorageFile wal;
  private final WalIndex index;
  private final int pageSize;
  private boolean entrySynced;
  private boolean mayLackPages; // of this process
  private boolean proven; // that nothing lacks of an earlier one

  WalSync(Io io, WalConnection connection) {
    this.io = io;
    this.wal = connection.wal();
    this.directory = wal.path().toAbsolutePath().getParent();
    this.index = connection.index();
    this.pageSize = connection.pageSize();
  }

  /** Whether a sync has failed and none has succeeded since. */
  boolean hasFailed() {
    return mayLackPages;
  }

  /**
   * Makes everything published so far durable.
   *
   * @throws WalDamagedException if a sync that failed before has lost frames
   */
  void force() throws IOException {
    if (mayLackPages || !proven) {
      rewrite();
    }
    forceAsWritten();
    if (!entrySynced) {
      io.syncDirectory(directory);
      entrySynced = true;
    }
  }

  /** The same where the WAL holds nothing but a header that has just been written. */
  void forceAsWritten() throws IOException {
    mayLackPages = true; // unless it succeeds
    wal.force(false);
    mayLackPages = false;
    proven = true;
  }

  private void rewrite() throws IOException {
    WalIndexHeader published = index.readHeader();
    Optional<WalHeader> header = WalHeader.read(wal);
    if (published == null || published.maxFrame() == 0 || header.isEmpty()) {
      return; // what comes next writes the header first
    }
    WalFrames frames =
        new WalFrames(
            wal,
            pageSize,
            published.salt1(),
            published.salt2(),
            header.get().bigEndianChecksum(),
            1,
            published.maxFrame(),
            header.get().checksum());
    while (frames.next()) {} // so that what is written again is what was written
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    long end = WalHeader.frameOffset(published.maxFrame() + 1, pageSize);
    for (long at = 0; at < end; at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(BUFFER_BYTES, end - at));
      wal.readFully(buffer, at);
      wal.writeFully(buffer.flip(), at);
    }
  }
}
