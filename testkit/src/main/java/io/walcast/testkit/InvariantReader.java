package io.walcast.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A reader in a process of its own, with stock SQLite: in one read transaction after another it
 * checks the invariant of {@link Ledger}, that the counter never goes back, and now and then the
 * integrity of the file. It waits for a database that is not there yet. Every SQLite error counts,
 * since a replica must stay readable whatever happens to its applier.
 *
 * <p>It opens a new connection every so many reads, as readers do. On a database without an applier
 * that holds it open, the last connection to close folds the WAL in.
 *
 * <p>Any thread may call any method.
 */
public final class InvariantReader implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final ReportingProcess process;

  private InvariantReader(ReportingProcess process) {
    this.process = process;
  }

  /** Opens a new connection every 50 reads and checks the file every 20. */
  public static InvariantReader start(Path database) {
    return start(database, 50, 20);
  }

  public static InvariantReader start(Path database, int readsPerConnection, int readsPerCheck) {
    return new InvariantReader(
        ReportingProcess.start(
            InvariantLoop.class,
            List.of(
                database.toAbsolutePath().toString(),
                Integer.toString(readsPerConnection),
                Integer.toString(readsPerCheck))));
  }

  /** Read transactions so far. */
  public long reads() {
    return process.progress().get("reads");
  }

  /** The newest state of the writer's counter that was seen; -1 before the first read. */
  public long lastN() {
    return reads() == 0 ? -1 : process.progress().get("lastN");
  }

  /** Waits until a read has seen the writer's counter at this value or above. */
  public void awaitN(long atLeast, Duration patience) {
    Eventually.until(
        patience, "a reader sees transaction " + atLeast, this::lastN, n -> n >= atLeast);
  }

  /** Waits for this many reads in all. */
  public void awaitReads(long atLeast, Duration patience) {
    Eventually.until(patience, atLeast + " reads", this::reads, n -> n >= atLeast);
  }

  /** Violations and errors so far, in words. */
  public List<String> findings() {
    return process.findings();
  }

  /** Ends the reading and gives the account of it. */
  public Result finish() {
    process.askToStop();
    Report report = process.awaitResult(PATIENCE);
    return new Result(
        report.get("reads"),
        report.get("violations"),
        report.get("errors"),
        report.get("integrityChecks"),
        report.get("maxWaitMs"),
        report.get("lastN"),
        process.findings());
  }

  /** SIGKILL. */
  public void kill() {
    process.kill();
  }

  /** The same as {@link #kill()}. */
  @Override
  public void close() {
    kill();
  }

  /**
   * @param reads read transactions
   * @param violations of the invariant, of its order, or of the file's integrity
   * @param errors from SQLite
   * @param maxWaitMs the longest that one read transaction took, integrity checks left out
   * @param lastN the counter at the last read
   * @param findings violations and errors in words
   */
  public record Result(
      long reads,
      long violations,
      long errors,
      long integrityChecks,
      long maxWaitMs,
      long lastN,
      List<String> findings) {}
}
