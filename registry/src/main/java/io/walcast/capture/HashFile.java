package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that keeps the page hashes of one namespace. Nothing of it is held open; it is synced
 * only before a database is compared with it.
 *
 * <p>Hashes are written before the header that includes them. So after the end of a process, which
 * leaves what it wrote in the order in which it did, the header is right but for pages of segments
 * that are still there. After a crash of the machine any part can be missing, and a copy may mix
 * two states: the header tells, and then it counts only if its checksum is that of the hashes.
 */
final class HashFile {

  private static final Logger LOG = LoggerFactory.getLogger(HashFile.class);

  private final Io io;
  private final Path path;

  HashFile(Io io, Path path) {
    this.io = io;
    this.path = path;
  }

  /** The header, if it and the hashes can be trusted. */
  Optional<HashFileHeader> read() throws IOException {
    FileIdentity identity = io.identity(path);
    if (identity == null) {
      return Optional.empty();
    }
    try (StorageFile file = io.open(path, Io.OpenMode.READ)) {
      ByteBuffer bytes = ByteBuffer.allocate(HashFileHeader.LENGTH);
      file.readFully(bytes, 0);
      return HashFileHeader.decode(bytes).filter(header -> isTrusted(header, identity, file));
    } catch (EOFException | NoSuchFileException e) {
      LOG.debug("{} is not written: {}", path, e.getMessage());
      return Optional.empty();
    }
  }

  private boolean isTrusted(HashFileHeader header, FileIdentity identity, StorageFile file) {
    boolean samePlace = header.device() == identity.device() && header.inode() == identity.inode();
    if (samePlace && header.bootId().equals(io.bootId())) {
      return true;
    }
    boolean whole = false;
    try {
      HashReader hashes = new HashReader(file);
      whole = hashes.checksum(header.pages(), header.pageSize()) == header.checksum();
    } catch (IOException e) {
      LOG.warn("{} cannot be read, and counts for nothing", path, e);
    }
    if (!whole) {
      LOG.info("{} is not whole after a crash of the machine, and counts for nothing", path);
    }
    return whole;
  }

  /** Opens the hashes for reading. */
  HashReader reader() throws IOException {
    return new HashReader(io.open(path, Io.OpenMode.READ));
  }

  /**
   * Opens the file for writing hashes.
   *
   * @param anew whether all hashes come: what was there counts for nothing any more
   */
  HashWriter writer(boolean anew) throws IOException {
    Io.OpenMode mode = anew ? Io.OpenMode.TRUNCATE : Io.OpenMode.READ_WRITE;
    return new HashWriter(io.open(path, mode), this);
  }

  /** A header that this system, in this run, writes into this file. */
  HashFileHeader header(UUID logId, int pageSize, long frameNo, int pages, long checksum)
      throws IOException {
    FileIdentity identity = io.identity(path);
    if (identity == null) {
      throw new NoSuchFileException(path.toString(), null, "deleted while it was written");
    }
    return new HashFileHeader(
        pageSize,
        logId,
        frameNo,
        pages,
        checksum,
        io.bootId(),
        identity.device(),
        identity.inode());
  }

  /**
   * Syncs what is there.
   *
   * @throws IOException if something that was written may be lost, now or earlier, though the file
   *     may still read as if it were there: nothing of it counts any more
   */
  void force() throws IOException {
    if (io.exists(path)) {
      try (StorageFile file = io.open(path, Io.OpenMode.READ_WRITE)) {
        file.force(false);
      }
    }
  }

  /** Deletes what is kept. */
  void delete() throws IOException {
    io.delete(path);
  }
}
