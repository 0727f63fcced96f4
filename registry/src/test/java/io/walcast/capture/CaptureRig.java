package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.checkpoint.CheckpointOptions;
import io.walcast.checkpoint.Checkpointer;
import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SwapPolicy;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.PageImage;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * One captured database, the state directory of its capture, and the copy that is rebuilt from its
 * segments. The primary is used by stock SQLite in another process only.
 */
final class CaptureRig implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(20);

  /** -Dwalcast.restMs=0 and any test of capture runs with databases that rest whenever they can. */
  private static final int REST_MS = Integer.getInteger("walcast.restMs", -1);

  final Namespace namespace = new Namespace("app");
  final Path database;
  final Path state;
  final Path copyPath;
  final RebuiltCopy copy;
  final SqliteProcess sqlite;
  private final Io io;
  private Checkpointer checkpointer;
  private WalRegistry registry;
  private DatabaseCapture capture;
  private Thread poller;
  private volatile boolean polling;
  private volatile Throwable pollFailure;

  CaptureRig(Path directory, SqliteProcess sqlite) {
    this(directory, sqlite, new StandardIo());
  }

  CaptureRig(Path directory, SqliteProcess sqlite, Io io) {
    this.database = directory.resolve("app.db");
    this.state = directory.resolve("state").resolve("app");
    this.copyPath = directory.resolve("copy.db");
    this.copy = new RebuiltCopy(new StandardIo(), copyPath);
    this.sqlite = sqlite;
    this.io = io;
  }

  /** An application's connection, in WAL mode. */
  SqliteConnection application() {
    SqliteConnection connection = sqlite.open(database);
    connection.query("PRAGMA journal_mode=WAL");
    return connection;
  }

  /** The same with a table of rows of about a third of a page. */
  SqliteConnection applicationWithRows(int rows) {
    SqliteConnection connection = application();
    connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
    insert(connection, rows);
    return connection;
  }

  static void insert(SqliteConnection connection, int rows) {
    connection.execute(
        "WITH RECURSIVE g(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM g WHERE x < "
            + rows
            + ") INSERT INTO t(b) SELECT randomblob(1300) FROM g");
  }

  void start() {
    start(CaptureOptions.defaults().withWalHold(WalHold.NEVER));
  }

  void start(CaptureOptions options) {
    checkpointer = new Checkpointer(io, CheckpointOptions.defaults());
    registry =
        new WalRegistry(
            io,
            copy,
            checkpointer,
            RegistryOptions.defaults()
                .withSyncOnSeal(false)
                .withSwapPolicy(
                    REST_MS < 0 ? SwapPolicy.frameCount(300) : SwapPolicy.whenNothingInFlight()));
    checkpointer.start(registry);
    CaptureOptions fast = options.withLooks(Duration.ofMillis(20), Duration.ofMillis(40));
    if (REST_MS >= 0) {
      fast = fast.withRest(Duration.ofMillis(REST_MS), Duration.ofMillis(20));
    }
    capture = new DatabaseCapture(namespace, database, state, registry, io, fast);
  }

  /** Stops in good order: what was captured is sealed. */
  void stop() throws IOException {
    stopPolling();
    capture.close();
    registry.shutdown();
    capture = null;
  }

  /** Ends as a killed process does: nothing is sealed any more. */
  void kill() throws IOException {
    stopPolling();
    capture.close();
    registry.remove(namespace);
    registry.shutdown();
    capture = null;
  }

  synchronized CaptureStatus poll() {
    capture.poll();
    return capture.status();
  }

  CaptureStatus status() {
    return capture.status();
  }

  DatabaseCapture capture() {
    return capture;
  }

  WalRegistry registry() {
    return registry;
  }

  CaptureStatus pollUntil(String what, Predicate<CaptureStatus> accepted) {
    return Eventually.until(PATIENCE, what, this::poll, accepted);
  }

  CaptureStatus pollUntil(CaptureState state) {
    return pollUntil("state " + state, s -> s.state() == state);
  }

  /** Polls in a thread of its own, as a source does, until stopped. */
  void startPolling() {
    polling = true;
    poller =
        new Thread(
            () -> {
              try {
                while (polling) {
                  poll();
                  Thread.onSpinWait();
                }
              } catch (RuntimeException | Error e) {
                pollFailure = e; // for who stops the polling
              }
            },
            "capture");
    poller.start();
  }

  void stopPolling() {
    polling = false;
    if (poller != null) {
      try {
        poller.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      poller = null;
    }
    if (pollFailure != null) {
      throw new AssertionError("the capture failed", pollFailure);
    }
  }

  /** The files of the segments. */
  List<Path> segments() throws IOException {
    return io.list(state.resolve(".wal"));
  }

  /** Seals what there is. */
  synchronized void seal() throws IOException {
    if (capture.wal().isPresent()) {
      capture.wal().get().swap();
    }
  }

  /**
   * Looks and tries the checkpoint in turn until it succeeds, which resets the WAL, or lets the
   * next commit do so.
   *
   * @return the number of looks that it took
   */
  int awaitReset(SqliteConnection application, String mode) {
    application.query("PRAGMA busy_timeout=0"); // nobody looks while it waits
    AtomicInteger looks = new AtomicInteger();
    Eventually.until(
        PATIENCE,
        "a checkpoint that resets the WAL",
        () -> {
          String busy = application.queryOne("PRAGMA wal_checkpoint(" + mode + ")");
          if (!busy.equals("0")) {
            poll();
            looks.incrementAndGet();
          }
          return busy;
        },
        "0"::equals);
    application.query("PRAGMA busy_timeout=5000");
    return looks.get();
  }

  /** Waits until the copy has the pages that the connection sees. */
  void awaitCopyEquals(SqliteConnection connection) {
    Eventually.until(
        PATIENCE,
        "the copy equals the primary",
        () -> {
          poll();
          seal();
          return difference(connection.pageImage());
        },
        ""::equals);
    assertThat(sqlite.integrityCheck(copyPath)).isEmpty();
    assertThat(sqlite.dumpHash(copyPath)).isEqualTo(connection.dumpHash());
  }

  /** The same through a connection that is opened and closed for it. */
  void awaitCopyEqualsPrimary() {
    try (SqliteConnection connection = sqlite.open(database)) {
      awaitCopyEquals(connection);
    }
  }

  private String difference(PageImage primary) throws IOException {
    if (copy.published().isEmpty()) {
      return "nothing published";
    }
    PageImage rebuilt = sqlite.pageImage(copyPath);
    if (rebuilt.pageCount() != primary.pageCount() || rebuilt.pageSize() != primary.pageSize()) {
      return rebuilt.pageCount() + " pages, not " + primary.pageCount() + "; " + capture.status();
    }
    List<Integer> pages = rebuilt.differences(primary);
    return pages.isEmpty() ? "" : "pages " + pages + " differ; " + capture.status();
  }

  @Override
  public void close() throws IOException {
    if (capture != null) {
      stop();
    }
  }
}
