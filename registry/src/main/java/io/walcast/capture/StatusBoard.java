package io.walcast.capture;

import io.walcast.registry.SharedWal;
import io.walcast.segment.Namespace;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the capture of one database stands, for whoever wants to know; changes are logged. Written
 * by the capture's thread, read by any.
 */
final class StatusBoard {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseCapture.class);

  private final Namespace namespace;
  private final Path database;
  private final CaptureCounters counters = new CaptureCounters();
  private volatile CaptureStatus status =
      counters.status(CaptureState.ABSENT, null, "not looked at yet", 0);
  private volatile SharedWal wal;

  StatusBoard(Namespace namespace, Path database) {
    this.namespace = namespace;
    this.database = database;
  }

  /** To count in. */
  CaptureCounters counters() {
    return counters;
  }

  /** As it was written last. */
  CaptureStatus status() {
    return status;
  }

  /** The state as it was written last. */
  CaptureState state() {
    return status.state();
  }

  /** The log, while it is open. */
  Optional<SharedWal> wal() {
    return Optional.ofNullable(wal);
  }

  /** The log is closed, to be opened again. */
  void logRests() {
    wal = null;
  }

  /**
   * Writes down where it stands.
   *
   * @param log {@code null} if there is none yet
   * @param refusal {@code null} if it is not refused
   */
  void become(CaptureLog log, CaptureState state, Refusal refusal, String detail) {
    CaptureStatus before = status;
    wal = log == null ? null : log.wal().orElse(null);
    long committed = wal == null ? before.committedFrameNo() : wal.lastCommittedFrameNo();
    if (before.state() == state && before.refusal() == refusal) {
      if (before.committedFrameNo() != committed || !before.detail().equals(detail)) {
        status = counters.status(state, refusal, detail, committed);
      }
      return;
    }
    status = counters.status(state, refusal, detail, committed);
    if (refusal != null) {
      LOG.warn("{}: {} is refused, {}: {}", namespace, database, refusal, detail);
    } else {
      LOG.info("{}: {} is {}{}", namespace, database, state, detail.isEmpty() ? "" : ": " + detail);
    }
  }
}
