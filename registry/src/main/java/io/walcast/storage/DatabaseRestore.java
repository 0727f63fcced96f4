package io.walcast.storage;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.segment.Namespace;
import io.walcast.sqlite.PageHash;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.roaringbitmap.RoaringBitmap;

/**
 * Restores a database from storage to an ordinary SQLite database file, as it was at the end of a
 * stored segment. Thread-safe.
 *
 * <p>The file is written under a temporary name, synced and renamed, so that it is there whole or
 * not at all. Where the segment states a checksum of the database, it is compared before that. A
 * file that is there already is replaced: see to it that nobody has it open, and that no {@code
 * -wal} or {@code -shm} of another database lies beside it.
 */
public final class DatabaseRestore {

  private final Io io;
  private final SegmentStorage storage;

  /** Restores nothing yet. */
  public DatabaseRestore(Io io, SegmentStorage storage) {
    this.io = io;
    this.storage = storage;
  }

  /**
   * Restores the newest state of a log that is stored and not newer than a frame.
   *
   * @return the segment that the file ends with
   * @throws IOException if there is none, or a part of it is missing or damaged
   */
  public SegmentKey toFrame(Namespace namespace, UUID logId, long frameNo, Path file)
      throws IOException {
    return restore(
        namespace, storage.find(namespace, logId, frameNo), "at or below frame " + frameNo, file);
  }

  /**
   * Restores the newest state that was sealed at or before a time.
   *
   * @return the segment that the file ends with
   * @throws IOException if there is none, or a part of it is missing or damaged
   */
  public SegmentKey toTime(Namespace namespace, Instant time, Path file) throws IOException {
    return restore(namespace, storage.find(namespace, time), "sealed by " + time, file);
  }

  private SegmentKey restore(
      Namespace namespace, Optional<SegmentKey> found, String asked, Path file) throws IOException {
    if (found.isEmpty()) {
      throw new IOException(namespace + ": storage has no segment " + asked);
    }
    Path unfinished = file.resolveSibling("." + file.getFileName() + ".restoring");
    boolean done = false;
    try {
      write(namespace, found.get(), unfinished);
      io.rename(unfinished, file);
      io.syncDirectory(file.toAbsolutePath().getParent());
      done = true;
      return found.get();
    } finally {
      if (!done) {
        io.delete(unfinished);
      }
    }
  }

  private void write(Namespace namespace, SegmentKey key, Path path) throws IOException {
    RoaringBitmap seen = new RoaringBitmap();
    try (StorageFile file = io.open(path, Io.OpenMode.TRUNCATE);
        StoredHistory history =
            new StoredHistory(storage, namespace, key, 0, seen, Long.MAX_VALUE)) {
      SegmentIndex newest = history.newest();
      DatabaseImage image = new DatabaseImage(file, newest.pageSize(), newest.sizeAfter());
      while (history.next()) {
        image.put(history.pageNo(), history.page());
      }
      image.finish();
      if (newest.databaseChecksum() != PageHash.NOT_STATED) {
        image.check(newest.databaseChecksum(), namespace + " " + key);
      }
      file.force(true);
    }
  }
}
