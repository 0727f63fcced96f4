package io.walcast.testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The main of the child process behind {@link CommitLoad}. Arguments: database, milliseconds,
 * commits a second or 0 for as many as it can, commits between TRUNCATE checkpoints or 0 for none.
 * Single-threaded.
 */
final class CommitLoop {
  private static final int BYTES = 300;
  private static final int WARM_UP = 500;

  private final ChildConsole console = new ChildConsole();
  private final Connection connection;
  private long[] latencies = new long[1 << 16];
  private int commits;
  private long slowestCheckpoint;
  private long checkpoints;
  private long busyCheckpoints;

  private CommitLoop(String database) throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite:" + database);
    execute("PRAGMA busy_timeout = 10000");
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = NORMAL");
    execute("CREATE TABLE IF NOT EXISTS load(id INTEGER PRIMARY KEY, b BLOB)");
  }

  public static void main(String[] args) throws Exception {
    CommitLoop loop = new CommitLoop(args[0]);
    for (int i = 0; i < WARM_UP; i++) {
      loop.commit();
    }
    loop.run(
        TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[1])),
        Integer.parseInt(args[2]),
        Integer.parseInt(args[3]));
    Runtime.getRuntime().halt(0); // nothing may close the connection: it could fold the WAL in
  }

  private void run(long durationNs, int perSecond, int checkpointEvery) throws SQLException {
    commits = 0;
    long start = System.nanoTime();
    long now = start;
    while (now - start < durationNs && !console.stopAsked()) {
      if (perSecond > 0) {
        long due = start + commits * 1_000_000_000L / perSecond;
        while ((now = System.nanoTime()) < due) {
          LockSupport.parkNanos(due - now);
        }
      }
      long before = System.nanoTime();
      commit();
      now = System.nanoTime();
      record(now - before);
      if (perSecond > 0) {
        console.finding(Long.toString(now));
      }
      if (checkpointEvery > 0 && commits % checkpointEvery == 0) {
        checkpoint();
      }
    }
    Arrays.sort(latencies, 0, commits);
    console.result(
        new Report()
            .with("commits", commits)
            .with("elapsedNs", now - start)
            .with("p50Ns", latencies[commits / 2])
            .with("p99Ns", latencies[(int) (commits * 0.99)])
            .with("checkpoints", checkpoints)
            .with("busyCheckpoints", busyCheckpoints)
            .with("slowestCheckpointNs", slowestCheckpoint));
  }

  private void commit() throws SQLException {
    execute("INSERT INTO load(b) VALUES (randomblob(" + BYTES + "))");
  }

  private void checkpoint() throws SQLException {
    long before = System.nanoTime();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
      busyCheckpoints += result.getLong(1);
    }
    checkpoints++;
    slowestCheckpoint = Math.max(slowestCheckpoint, System.nanoTime() - before);
  }

  private void record(long latency) {
    if (commits == latencies.length) {
      latencies = Arrays.copyOf(latencies, 2 * commits);
    }
    latencies[commits++] = latency;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
