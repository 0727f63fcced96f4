package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.sqlite.DatabaseHeader;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What of a database is in its log, as the position file keeps it. At most one of {@code wal} and
 * {@code closed} is there; with neither, nothing can be continued from.
 *
 * <pre>
 *   0  u32   version, 1
 *   4  u32   kind: 0 neither, 1 WAL point, 2 closed database
 *   8  u64   last frame number in the log
 *  16  u128  log id
 *  32  u32   epoch
 *  36  u32   page size in bytes
 *  40  u64   device of the database file
 *  48  u64   inode of the database file
 *  56  u32   salt 1                        } kind 1
 *  60  u32   salt 2                        }
 *  64  u32   last captured frame of the WAL}
 *  68  u32   change counter there          }
 *  72  u64   running checksum there        }
 *  56  u64   size of the file in bytes     } kind 2
 *  64  i64   modified: seconds             }
 *  72  i64   changed: seconds              }
 *  80  u32   modified: nanoseconds         }
 *  84  u32   changed: nanoseconds          }
 *  88
 * </pre>
 *
 * @param logId log that the frames are in
 * @param epoch epoch of the capturer that wrote it
 * @param pageSize page size in bytes
 * @param frameNo last frame number covered
 * @param device device of the database file
 * @param inode inode of the database file
 * @param wal how far the WAL has been captured
 * @param closed the database file without a WAL, all of which is captured
 */
record CapturePosition(
    UUID logId,
    int epoch,
    int pageSize,
    long frameNo,
    long device,
    long inode,
    Optional<WalPoint> wal,
    Optional<FileIdentity> closed) {

  static final int BYTES = 88;

  private static final int VERSION = 1;
  private static final int NEITHER = 0;
  private static final int WAL = 1;
  private static final int CLOSED = 2;
  private static final int NANOS_PER_SECOND = 1_000_000_000;

  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.putInt(VERSION);
    out.putInt(wal.isPresent() ? WAL : closed.isPresent() ? CLOSED : NEITHER);
    out.putLong(frameNo);
    out.putLong(logId.getMostSignificantBits()).putLong(logId.getLeastSignificantBits());
    out.putInt(epoch).putInt(pageSize).putLong(device).putLong(inode);
    wal.ifPresent(
        p ->
            out.putInt(p.salt1())
                .putInt(p.salt2())
                .putInt(p.frame())
                .putInt(p.change())
                .putLong(p.checksum()));
    closed.ifPresent(
        f ->
            out.putLong(f.sizeBytes())
                .putLong(f.modified().getEpochSecond())
                .putLong(f.changed().getEpochSecond())
                .putInt(f.modified().getNano())
                .putInt(f.changed().getNano()));
    return out.rewind();
  }

  /**
   * Reads a payload; empty if it is of a version that this code does not know, or says what cannot
   * be.
   */
  static Optional<CapturePosition> decode(byte[] payload) {
    ByteBuffer in = ByteBuffer.wrap(payload);
    int version = in.getInt();
    int kind = in.getInt();
    if (version != VERSION || kind < NEITHER || kind > CLOSED) {
      return Optional.empty();
    }
    long frameNo = in.getLong();
    UUID logId = new UUID(in.getLong(), in.getLong());
    int epoch = in.getInt();
    int pageSize = in.getInt();
    long device = in.getLong();
    long inode = in.getLong();
    boolean possible = frameNo >= 0 && DatabaseHeader.isPageSize(pageSize);
    if (!possible || (kind == WAL && !holdsWalPoint(in)) || (kind == CLOSED && !holdsFile(in))) {
      return Optional.empty();
    }
    return Optional.of(
        new CapturePosition(
            logId,
            epoch,
            pageSize,
            frameNo,
            device,
            inode,
            kind == WAL ? Optional.of(walPoint(in)) : Optional.empty(),
            kind == CLOSED ? Optional.of(closedFile(in, device, inode)) : Optional.empty()));
  }

  private static boolean holdsWalPoint(ByteBuffer in) {
    return in.getInt(64) >= 0;
  }

  private static boolean holdsFile(ByteBuffer in) {
    return in.getLong(56) >= 0
        && isInstant(in.getLong(64), in.getInt(80))
        && isInstant(in.getLong(72), in.getInt(84));
  }

  private static boolean isInstant(long seconds, int nanos) {
    return seconds >= Instant.MIN.getEpochSecond()
        && seconds <= Instant.MAX.getEpochSecond()
        && nanos >= 0
        && nanos < NANOS_PER_SECOND;
  }

  private static WalPoint walPoint(ByteBuffer in) {
    int salt1 = in.getInt();
    int salt2 = in.getInt();
    int frame = in.getInt();
    int change = in.getInt();
    return new WalPoint(salt1, salt2, frame, in.getLong(), change);
  }

  private static FileIdentity closedFile(ByteBuffer in, long device, long inode) {
    long sizeBytes = in.getLong();
    long modified = in.getLong();
    long changed = in.getLong();
    return new FileIdentity(
        device,
        inode,
        sizeBytes,
        Instant.ofEpochSecond(modified, in.getInt()),
        Instant.ofEpochSecond(changed, in.getInt()));
  }

  /** The same log, from which nothing can be continued. */
  CapturePosition withNothing() {
    return new CapturePosition(
        logId, epoch, pageSize, frameNo, 0, 0, Optional.empty(), Optional.empty());
  }

  boolean isOf(FileIdentity database) {
    return device == database.device() && inode == database.inode();
  }
}
