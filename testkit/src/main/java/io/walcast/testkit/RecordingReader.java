package io.walcast.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A reader in a process of its own, with stock SQLite, that records what it sees of a WAL-mode
 * database: in one read transaction the sum of all pages, and the commit that it belongs to.
 *
 * <p>Any thread may call any method.
 */
public final class RecordingReader implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final ReportingProcess process;

  private RecordingReader(ReportingProcess process) {
    this.process = process;
  }

  /** Starts on a database that exists; looks about 200 times a second. */
  public static RecordingReader start(Path database) {
    return new RecordingReader(
        ReportingProcess.start(
            RecordingLoop.class, List.of(database.toAbsolutePath().toString(), "5000")));
  }

  /** Waits for this many views in all. */
  public void awaitViews(int atLeast) {
    Eventually.until(
        PATIENCE,
        atLeast + " views",
        () -> {
          if (!process.child().isAlive()) {
            throw new IllegalStateException("the reader died after " + views().size() + " views");
          }
          return views().size();
        },
        n -> n >= atLeast);
  }

  /** What was seen so far, oldest first. */
  public List<View> views() {
    return process.findings().stream().map(View::parse).toList();
  }

  /** Ends the reading and gives all that was seen. */
  public List<View> finish() {
    process.askToStop();
    process.awaitResult(PATIENCE);
    return views();
  }

  /** SIGKILL. */
  @Override
  public void close() {
    process.kill();
  }

  /**
   * One read transaction.
   *
   * @param change the wal-index's count of commits at what was seen
   * @param pages size of the database in pages
   * @param sum the {@link PageSum} of all pages
   */
  public record View(int change, int pages, long sum) {
    private static View parse(String line) {
      String[] words = line.split(" ");
      return new View(
          Integer.parseInt(words[0]), Integer.parseInt(words[1]), Long.parseLong(words[2]));
    }
  }
}
