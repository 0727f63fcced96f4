package io.walcast.capture;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.sqlite.WalConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Attaches to a database that others have open. Used by one thread. */
final class Attaching {

  /** For locks that others hold for moments only; a poll must not keep other databases waiting. */
  private static final Duration LOCK_WAIT = Duration.ofMillis(20);

  private final String name;
  private final Path database;
  private final Io io;
  private final CaptureOptions options;
  private final HoldPolicy hold;
  private final CaptureCounters counters;

  Attaching(
      String name,
      Path database,
      Io io,
      CaptureOptions options,
      HoldPolicy hold,
      CaptureCounters counters) {
    this.name = name;
    this.database = database;
    this.io = io;
    this.options = options;
    this.hold = hold;
    this.counters = counters;
  }

  /**
   * Attaches and begins to capture into the log, which it opens.
   *
   * @param found the file that is to be at the path
   * @return empty if it is not, or a slot or a whole wal-index cannot be had now
   */
  Optional<AttachedDatabase> attach(FileIdentity found, CaptureLog log) throws IOException {
    WalConnection connection = WalConnection.attach(io, database, LOCK_WAIT);
    AttachedDatabase attached = null;
    try {
      ReadSlots slots = new ReadSlots(connection);
      FileIdentity now = slots.holdPending() ? io.identity(database) : null;
      if (found.sameFile(now)) {
        log.open(connection.pageSize());
        AttachedDatabase candidate =
            new AttachedDatabase(
                name, database, io, options, hold, log, counters, connection, slots, now);
        attached = candidate.begin() ? candidate : null;
      }
    } finally {
      if (attached == null) {
        connection.close();
      }
    }
    return Optional.ofNullable(attached);
  }
}
