package io.walcast.checkpoint;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageHash;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * The pages of a snapshot that arrives in parts, in a file, each where it has its place in the
 * database. It outlives no process: what is in it is not synced, and nothing says how far it goes.
 *
 * <p>Written by one thread, and then read by one.
 */
public final class StagedPages implements Closeable {

  private static final int BUFFER_BYTES = 1 << 20;
  private static final long WRITE_BEHIND_BYTES = 4 << 20;

  private final Io io;
  private final Path path;
  private final int pageSize;
  private final StorageFile file;
  private final RoaringBitmap pages = new RoaringBitmap();
  private final ByteBuffer buffer; // the run of pages that ends with the last one
  private final ByteBuffer replaced; // scratch
  private int lastPageNo;
  private long unwritten; // bytes since the file was last told to go to the disk
  private long sum;
  private boolean givenAway;

  /** Begins an empty one in place of what is at the path; the directory is created. */
  public StagedPages(Io io, Path path, int pageSize) throws IOException {
    this.io = io;
    this.path = path;
    this.pageSize = pageSize;
    io.createDirectories(path.toAbsolutePath().getParent());
    this.file = io.open(path, Io.OpenMode.TRUNCATE);
    this.replaced = ByteBuffer.allocate(pageSize);
    this.buffer = ByteBuffer.allocate(Math.max(1, BUFFER_BYTES / pageSize) * pageSize);
  }

  /** Takes a page over, in place of an earlier version; cheap where pages come in order. */
  public void put(int pageNo, ByteBuffer page) throws IOException {
    if (!pages.checkedAdd(pageNo)) {
      flush();
      sum ^= hash(pageNo);
    }
    if (pageNo != lastPageNo + 1 || !buffer.hasRemaining()) {
      flush();
    }
    int at = buffer.position();
    buffer.put(page.duplicate());
    sum ^= PageHash.of(pageNo, buffer.slice(at, pageSize));
    lastPageNo = pageNo;
  }

  private long hash(int pageNo) throws IOException {
    read(pageNo, replaced.clear());
    return PageHash.of(pageNo, replaced.flip());
  }

  /** Writes what was put. */
  public void flush() throws IOException {
    int held = buffer.position() / pageSize;
    if (held > 0) {
      file.writeFully(buffer.flip(), (lastPageNo - (long) held) * pageSize);
      unwritten += buffer.limit();
      buffer.clear();
      if (unwritten >= WRITE_BEHIND_BYTES) {
        file.beginForce(); // it may become the database, which is synced at once then
        unwritten = 0;
      }
    }
  }

  /**
   * The first page that a database would lack, or 0 if none.
   *
   * @param others pages that come on top of these
   */
  public int firstMissing(int sizePages, RoaringBitmap others) {
    RoaringBitmap all = RoaringBitmap.or(pages, others);
    all.add(DatabaseHeader.lockBytePage(pageSize));
    long missing = all.nextAbsentValue(1);
    return missing <= sizePages ? (int) missing : 0;
  }

  RoaringBitmap pages() {
    return pages;
  }

  void read(int pageNo, ByteBuffer target) throws IOException {
    int limit = target.limit();
    file.readFully(target.limit(target.position() + pageSize), (pageNo - 1L) * pageSize);
    target.limit(limit);
  }

  /** The checksum of a database of these pages. */
  long sum() {
    return sum;
  }

  /** Whether a new database may be made of the file itself: it lies on the same file system. */
  boolean mayBecome(Path database) throws IOException {
    FileIdentity directory = io.identity(database.toAbsolutePath().getParent());
    FileIdentity ours = io.identity(path);
    return directory != null && ours != null && directory.device() == ours.device();
  }

  /** Whether the file was {@linkplain #giveAway given away}. */
  boolean isGivenAway() {
    return givenAway;
  }

  /**
   * Moves the file, in which all is {@linkplain #flush written}. It is the caller's from then on,
   * also to close; until that is done, pages can be read, as they are then.
   *
   * @throws ReplicaDivergedException if pages in the file are not as they were put; it stays then
   */
  StorageFile giveAway(Path to) throws IOException {
    file.beginForce(); // so that reading takes little time of its own
    requireAsPut();
    io.rename(path, to);
    givenAway = true;
    return file;
  }

  private void requireAsPut() throws IOException {
    long found = 0;
    int first = 0;
    int count = 0;
    for (PeekableIntIterator all = pages.getIntIterator(); all.hasNext(); ) {
      int pageNo = all.next();
      if (pageNo != first + count || (count + 1) * pageSize > buffer.capacity()) {
        found ^= sumOf(first, count);
        first = pageNo;
        count = 0;
      }
      count++;
    }
    found ^= sumOf(first, count);
    if (found != sum) {
      throw new ReplicaDivergedException(
          String.format(
              "%s has the checksum %016x, what was put in it %016x: pages of it were damaged",
              path, found, sum));
    }
  }

  /** The sum over pages that lie one after another, as they are in the file. */
  private long sumOf(int firstPageNo, int count) throws IOException {
    if (count > 0) {
      file.readFully(buffer.clear().limit(count * pageSize), (firstPageNo - 1L) * pageSize);
    }
    long found = 0;
    for (int i = 0; i < count; i++) {
      found ^= PageHash.of(firstPageNo + i, buffer.slice(i * pageSize, pageSize));
    }
    buffer.clear();
    return found;
  }

  /** Forgets and deletes it, unless it was given away. */
  @Override
  public void close() throws IOException {
    if (!givenAway) {
      file.close();
      io.delete(path);
    }
  }
}
