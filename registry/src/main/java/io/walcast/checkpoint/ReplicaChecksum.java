package io.walcast.checkpoint;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.TwoSlotFile;
import io.walcast.segment.LogPosition;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageHash;
import io.walcast.sqlite.ReplicaDatabase;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checksum of a replica, so that no pass over it is needed to know it. Between folds it is in
 * memory; when the replica is forced and when it is closed it goes to a file, with what tells
 * whether anything was done to the replica since:
 *
 * <pre>
 *    0  u128  log id   }
 *   16  u32   epoch    } position of the replica
 *   20  u64   frame no }
 *   28  u64   checksum
 *   36  u128  boot of the system in which this was written
 *   52        the database file: u64 device, u64 inode, u64 bytes,
 *             i64 seconds and u32 nanoseconds of modification, the same of change
 *  100        its -wal, the same; zeros if there is none, or if somebody else wrote
 *  148
 * </pre>
 *
 * <p>Not synced: it counts only in the boot that wrote it. Where it does not count, because of a
 * kill, a power cut or somebody else's hand, the database has to be read once; if it is at the same
 * position, it must have the same checksum. Thread-safe.
 */
final class ReplicaChecksum {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaChecksum.class);
  private static final int LENGTH = 148;
  private static final int EVIDENCE_AT = 36;
  private static final int WAL_AT = 100;

  private final Io io;
  private final Path path;
  private final Path database;
  private LogPosition position; // null: not known
  private long sum;
  private boolean proven; // nothing has happened to the database since the sum was known
  private boolean saved;

  ReplicaChecksum(Io io, Path path, Path database) {
    this.io = io;
    this.path = path;
    this.database = database;
  }

  /** Finds out what the file says; call it before the database is opened, which may change it. */
  synchronized void opening() throws IOException {
    position = null;
    byte[] payload;
    try (TwoSlotFile file = new TwoSlotFile(io, path, LENGTH)) {
      payload = file.read();
    }
    if (payload != null) {
      ByteBuffer in = ByteBuffer.wrap(payload);
      UUID logId = new UUID(in.getLong(), in.getLong());
      position = new LogPosition(logId, in.getInt(), in.getLong(), 0, 0);
      sum = in.getLong();
      proven = Arrays.equals(payload, EVIDENCE_AT, LENGTH, evidence(), 0, LENGTH - EVIDENCE_AT);
      saved = true;
    }
  }

  /** The checksum of the database at a position, if it is known without reading it all. */
  synchronized OptionalLong at(LogPosition of) {
    return proven ? expectedAt(of) : OptionalLong.empty();
  }

  private OptionalLong expectedAt(LogPosition of) {
    boolean known =
        position != null
            && position.logId().equals(of.logId())
            && position.epoch() == of.epoch()
            && position.frameNo() == of.frameNo();
    return known ? OptionalLong.of(sum) : OptionalLong.empty();
  }

  /**
   * The whole database was read at a position.
   *
   * @throws ReplicaDivergedException if it had another checksum when it was last known
   */
  synchronized void found(LogPosition at, long actual) throws ReplicaDivergedException {
    OptionalLong expected = expectedAt(at);
    if (expected.isPresent() && expected.getAsLong() != actual) {
      throw new ReplicaDivergedException(
          String.format(
              "%s has the checksum %016x and had %016x at the same frame %d: it was changed",
              database, actual, expected.getAsLong(), at.frameNo()));
    }
    reached(at, OptionalLong.of(actual));
  }

  /** The database has got to a position; the checksum is empty where it is not known. */
  synchronized void reached(LogPosition newPosition, OptionalLong newSum) {
    position = newSum.isPresent() ? newPosition : null;
    sum = newSum.orElse(0);
    proven = true;
    saved = false;
  }

  /** Reads the whole database; nobody may fold into it meanwhile. */
  static long scan(ReplicaDatabase database) throws IOException {
    int lockBytePage = DatabaseHeader.lockBytePage(database.pageSize());
    int size = database.sizePages();
    ByteBuffer page = ByteBuffer.allocate(database.pageSize());
    long sum = 0;
    for (int pageNo = 1; pageNo <= size; pageNo++) {
      if (pageNo != lockBytePage) {
        database.readPage(pageNo, page.clear());
        sum ^= PageHash.of(pageNo, page.flip());
      }
    }
    return sum;
  }

  /** Writes the file, if there is something new. A failure costs the next opening a scan. */
  synchronized void save(ReplicaDatabase live) {
    if (position == null || saved) {
      return;
    }
    try {
      byte[] evidence = evidence();
      if (live.replacedFile().isPresent() || live.isWrittenByOthers()) {
        Arrays.fill(evidence, (byte) 0); // what the files are now is not what the sum is of
      }
      ByteBuffer payload = ByteBuffer.allocate(LENGTH);
      payload.putLong(position.logId().getMostSignificantBits());
      payload.putLong(position.logId().getLeastSignificantBits());
      payload.putInt(position.epoch()).putLong(position.frameNo()).putLong(sum).put(evidence);
      try (TwoSlotFile file = new TwoSlotFile(io, path, LENGTH)) {
        file.write(payload.flip(), false);
      }
      saved = true;
    } catch (IOException e) {
      LOG.warn("{}: its checksum is not kept, the next start may read it all", database, e);
    }
  }

  private byte[] evidence() throws IOException {
    ByteBuffer out = ByteBuffer.allocate(LENGTH - EVIDENCE_AT);
    UUID boot = io.bootId();
    out.putLong(boot.getMostSignificantBits()).putLong(boot.getLeastSignificantBits());
    encode(io.identity(database), out);
    Path wal = database.resolveSibling(database.getFileName() + "-wal");
    encode(io.identity(wal), out.position(WAL_AT - EVIDENCE_AT));
    return out.array();
  }

  private static void encode(FileIdentity file, ByteBuffer out) {
    if (file != null) {
      out.putLong(file.device()).putLong(file.inode()).putLong(file.sizeBytes());
      out.putLong(file.modified().getEpochSecond()).putInt(file.modified().getNano());
      out.putLong(file.changed().getEpochSecond()).putInt(file.changed().getNano());
    }
  }
}
