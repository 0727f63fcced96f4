package io.walcast.connector.sink;

import io.walcast.io.Io;
import io.walcast.io.TwoSlotFile;
import io.walcast.segment.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * Remembers beyond the life of a task that a replica is quarantined or has diverged, and why. The
 * records that led there may be committed, so a later task does not see them; and what is wrong
 * with a database may not show any more.
 *
 * <pre>
 *   0  u128  log id    } what the replica had taken: only a snapshot
 *  16  u32   epoch     } leads beyond it, so whoever finds the
 *  20  u64   frame no  } database beyond it need not care
 *  28  u16   why: 0 a bad record, 1 the replica diverged
 *  30  u16   length of the reason in bytes
 *  32        the reason, UTF-8
 * </pre>
 *
 * <p>Used by one thread at a time.
 */
final class QuarantineMark {

  private static final int REASON_AT = 32;
  private static final int LENGTH = 1024;

  private final Io io;
  private final Path path;

  QuarantineMark(Io io, Path path) {
    this.io = io;
    this.path = path;
  }

  /**
   * What is remembered.
   *
   * @param state QUARANTINED or DIVERGED
   */
  record Mark(ReplicaState state, String reason) {}

  /** Marks a replica, durably. */
  void set(LogPosition have, ReplicaState state, String reason) throws IOException {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, LENGTH - REASON_AT);
    ByteBuffer payload = ByteBuffer.allocate(LENGTH);
    payload.putLong(have.logId().getMostSignificantBits());
    payload.putLong(have.logId().getLeastSignificantBits());
    payload.putInt(have.epoch()).putLong(have.frameNo());
    payload.putShort((short) (state == ReplicaState.DIVERGED ? 1 : 0));
    payload.putShort((short) length).put(text, 0, length);
    try (TwoSlotFile file = new TwoSlotFile(io, path, LENGTH)) {
      file.write(payload.clear(), true);
    }
  }

  /** The mark of a replica whose database is at a position; empty if it has none that counts. */
  Optional<Mark> at(LogPosition position) throws IOException {
    byte[] payload;
    try (TwoSlotFile file = new TwoSlotFile(io, path, LENGTH)) {
      payload = file.read();
    }
    if (payload == null) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(payload);
    boolean healed =
        !position.logId().equals(new UUID(in.getLong(), in.getLong()))
            || Integer.compareUnsigned(position.epoch(), in.getInt()) > 0
            || position.frameNo() > in.getLong();
    if (healed) {
      return Optional.empty();
    }
    ReplicaState state = in.getShort() == 1 ? ReplicaState.DIVERGED : ReplicaState.QUARANTINED;
    String reason = new String(payload, REASON_AT, in.getShort(), StandardCharsets.UTF_8);
    return Optional.of(new Mark(state, reason));
  }

  /** Forgets it. */
  void delete() throws IOException {
    io.delete(path);
  }
}
