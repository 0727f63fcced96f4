package io.walcast.connector.source;

import io.walcast.capture.CaptureStatus;
import io.walcast.capture.DatabaseCapture;
import io.walcast.capture.ResyncReason;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A database captured into its log of the registry. What goes wrong with the database is in the
 * status; the capture itself tries again.
 */
final class CapturedDatabase implements WatchedDatabase {

  private static final Logger LOG = LoggerFactory.getLogger(CapturedDatabase.class);

  private final Namespace namespace;
  private final DatabaseCapture capture;
  private final WalRegistry registry;
  private final DatabaseHomes homes;
  private final Path database;
  private boolean isRemembered; // where it is

  CapturedDatabase(
      Namespace namespace,
      Path database,
      DatabaseCapture capture,
      WalRegistry registry,
      DatabaseHomes homes) {
    this.namespace = namespace;
    this.database = database;
    this.homes = homes;
    this.capture = capture;
    this.registry = registry;
  }

  @Override
  public boolean poll() {
    capture.poll();
    if (!isRemembered && capture.wal().isPresent()) {
      remember();
    }
    return capture.isBusy();
  }

  /** There is something now that a deletion would have to be published of. */
  private void remember() {
    isRemembered = true;
    try {
      homes.keep(namespace, database);
    } catch (IOException e) {
      LOG.warn("{}: should it be deleted, that will not be known: {}", namespace, e.toString());
    }
  }

  @Override
  public boolean isResting() {
    return capture.isResting();
  }

  @Override
  public void lookSoon() {
    capture.lookSoon();
  }

  @Override
  public void requestSnapshot() {
    capture.requestSnapshot();
  }

  @Override
  public DatabaseStatus status() {
    CaptureStatus status = capture.status();
    boolean refused = status.refusal() != null;
    return new DatabaseStatus(
        status.state().name(),
        refused ? status.refusal() + ": " + status.detail() : status.detail(),
        refused,
        status.committedFrameNo(),
        status.commits(),
        status.snapshots(),
        status.differences(),
        byName(status.resyncs()));
  }

  private static Map<String, Long> byName(Map<ResyncReason, Long> resyncs) {
    Map<String, Long> named = new TreeMap<>();
    resyncs.forEach((reason, count) -> named.put(reason.name(), count));
    return named;
  }

  /** Told by the log, which remembers what was acknowledged to earlier tasks; at rest, all is. */
  @Override
  public long durableFrameNo() {
    CaptureStatus status = capture.status(); // first: a rest that begins now leaves it as it is
    return capture
        .wal()
        .map(SharedWal::durableFrameNo)
        .orElse(capture.isResting() ? status.committedFrameNo() : 0L);
  }

  /** Also closes the log, whose segments stay on disk for the next opening. */
  @Override
  public void close() throws IOException {
    try {
      capture.close();
    } finally {
      registry.remove(namespace);
    }
  }
}
