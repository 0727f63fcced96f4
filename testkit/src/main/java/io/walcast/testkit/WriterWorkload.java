package io.walcast.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A hostile application in a process of its own: stock SQLite in WAL mode, inserting, updating,
 * deleting, changing the schema, spilling and rolling back large transactions, vacuuming, and all
 * the while keeping the invariant of {@link Ledger}. The seed is printed; with a number of
 * transactions for a limit it determines the content at the end.
 *
 * <p>Any thread may call any method.
 */
public final class WriterWorkload implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final ReportingProcess process;

  private WriterWorkload(ReportingProcess process) {
    this.process = process;
  }

  public static WriterWorkload start(Options options) {
    System.out.println("writer on " + options.database() + ", seed " + options.seed());
    return new WriterWorkload(ReportingProcess.start(HostileWriter.class, options.arguments()));
  }

  /** Transactions known to be committed; the child may be slightly ahead. */
  public long commits() {
    return process.progress().get("commits");
  }

  /** Waits until the child has committed at least this many transactions. */
  public void awaitCommits(long atLeast) {
    Eventually.until(
        PATIENCE, atLeast + " commits of the writer", this::aliveCommits, n -> n >= atLeast);
  }

  /** Ends the work after the current transaction. */
  public Result finish() {
    process.askToStop();
    return await(PATIENCE);
  }

  /** Waits for the work to end by itself. */
  public Result await(Duration patience) {
    Report report = process.awaitResult(patience);
    return new Result(report.get("commits"), report.get("n"), report.get("pages"), report.toJson());
  }

  /** SIGKILL, wherever the writer is. */
  public void kill() {
    process.kill();
  }

  /** The same as {@link #kill()}. */
  @Override
  public void close() {
    kill();
  }

  private long aliveCommits() {
    long commits = commits();
    if (!process.child().isAlive() && process.progress().get("elapsedMs") == 0) {
      throw new IllegalStateException("the writer died after " + commits + " commits");
    }
    return commits;
  }

  /**
   * @param commits transactions committed in this run
   * @param n the invariant's counter at the end: the transactions committed in all runs
   * @param pages the size of the database at the end
   * @param json everything that was counted
   */
  public record Result(long commits, long n, long pages, String json) {}

  /**
   * What the writer does and for how long.
   *
   * @param seed determines what is written
   * @param transactions commits after which it ends
   * @param duration time after which it ends
   * @param autoVacuum 0 none, 1 full, 2 incremental
   * @param autoCheckpointPages 0 for no checkpoints at all
   * @param pauseMicros between transactions
   * @param closeAtEnd whether to close the connection, which folds the WAL in, or leave it behind
   */
  public record Options(
      Path database,
      long seed,
      long transactions,
      Duration duration,
      int pageSize,
      int autoVacuum,
      int autoCheckpointPages,
      int cachePages,
      long pauseMicros,
      boolean closeAtEnd) {

    /** Runs until told to stop, with pages of 4 KiB, a small cache and frequent checkpoints. */
    public static Options of(Path database, long seed) {
      return new Options(
          database, seed, Long.MAX_VALUE, Duration.ofDays(1), 4096, 0, 100, 20, 0, true);
    }

    public Options withTransactions(long limit) {
      return new Options(
          database,
          seed,
          limit,
          duration,
          pageSize,
          autoVacuum,
          autoCheckpointPages,
          cachePages,
          pauseMicros,
          closeAtEnd);
    }

    public Options withDuration(Duration limit) {
      return new Options(
          database,
          seed,
          transactions,
          limit,
          pageSize,
          autoVacuum,
          autoCheckpointPages,
          cachePages,
          pauseMicros,
          closeAtEnd);
    }

    public Options withPageSize(int bytes) {
      return new Options(
          database,
          seed,
          transactions,
          duration,
          bytes,
          autoVacuum,
          autoCheckpointPages,
          cachePages,
          pauseMicros,
          closeAtEnd);
    }

    public Options withAutoVacuum(int mode) {
      return new Options(
          database,
          seed,
          transactions,
          duration,
          pageSize,
          mode,
          autoCheckpointPages,
          cachePages,
          pauseMicros,
          closeAtEnd);
    }

    public Options withAutoCheckpointPages(int pages) {
      return new Options(
          database,
          seed,
          transactions,
          duration,
          pageSize,
          autoVacuum,
          pages,
          cachePages,
          pauseMicros,
          closeAtEnd);
    }

    public Options withPauseMicros(long pause) {
      return new Options(
          database,
          seed,
          transactions,
          duration,
          pageSize,
          autoVacuum,
          autoCheckpointPages,
          cachePages,
          pause,
          closeAtEnd);
    }

    /** Leaves {@code -wal} and {@code -shm} behind at the end, as a killed application does. */
    public Options leavingWal() {
      return new Options(
          database,
          seed,
          transactions,
          duration,
          pageSize,
          autoVacuum,
          autoCheckpointPages,
          cachePages,
          pauseMicros,
          false);
    }

    List<String> arguments() {
      return List.of(
          "database=" + database,
          "seed=" + seed,
          "transactions=" + transactions,
          "durationMs=" + duration.toMillis(),
          "pageSize=" + pageSize,
          "autoVacuum=" + autoVacuum,
          "autoCheckpointPages=" + autoCheckpointPages,
          "cachePages=" + cachePages,
          "pauseMicros=" + pauseMicros,
          "closeAtEnd=" + closeAtEnd);
    }

    static Options parse(String[] arguments) {
      Map<String, String> values = new HashMap<>();
      for (String argument : arguments) {
        int equals = argument.indexOf('=');
        values.put(argument.substring(0, equals), argument.substring(equals + 1));
      }
      return new Options(
          Path.of(values.get("database")),
          Long.parseLong(values.get("seed")),
          Long.parseLong(values.get("transactions")),
          Duration.ofMillis(Long.parseLong(values.get("durationMs"))),
          Integer.parseInt(values.get("pageSize")),
          Integer.parseInt(values.get("autoVacuum")),
          Integer.parseInt(values.get("autoCheckpointPages")),
          Integer.parseInt(values.get("cachePages")),
          Long.parseLong(values.get("pauseMicros")),
          Boolean.parseBoolean(values.get("closeAtEnd")));
    }
  }
}
