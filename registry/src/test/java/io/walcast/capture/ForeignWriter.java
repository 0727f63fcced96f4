package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * An application in another language with the machine's own SQLite: Python, or the {@code sqlite3}
 * shell. A test that asks for one that is not installed is skipped.
 */
final class ForeignWriter implements AutoCloseable {

  private static final int SHELL_ROWS = 150;

  private final Process process;
  private Thread feeder;
  private volatile boolean stopping;

  private ForeignWriter(Process process) {
    this.process = process;
  }

  /** Skips the test, saying so, where Python or its SQLite is missing. */
  static void requirePython() {
    assumeTrue(runs("python3", "-c", "import sqlite3"), "Python with sqlite3 is not installed");
  }

  /** Skips the test, saying so, where the shell is missing. */
  static void requireShell() {
    assumeTrue(runs("sqlite3", "--version"), "the sqlite3 shell is not installed");
  }

  private static boolean runs(String... command) {
    try {
      return new ProcessBuilder(command)
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs one of this package's scripts, which is copied into {@code directory} first. */
  static Process runScript(Path directory, String name, String... arguments) throws IOException {
    requirePython();
    Path script = directory.resolve(name);
    if (!Files.exists(script)) {
      try (InputStream text = ForeignWriter.class.getResourceAsStream(name)) {
        Files.copy(text, script);
      }
    }
    List<String> command = new ArrayList<>(List.of("python3", script.toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectOutput(Redirect.DISCARD)
        .redirectError(Redirect.INHERIT)
        .start();
  }

  /** Writes to {@code table} until stopped: inserts, deletes, rolls back, checkpoints. */
  static ForeignWriter python(
      Path database, long seed, String synchronous, int autoCheckpointPages, String table)
      throws IOException {
    return new ForeignWriter(
        runScript(
            database.getParent(),
            "writer.py",
            database.toString(),
            Long.toString(seed),
            synchronous,
            Integer.toString(autoCheckpointPages),
            table));
  }

  /** Writes to a table {@code sh} until stopped, statement by statement through a pipe. */
  static ForeignWriter shell(Path database, long seed, String synchronous, int autoCheckpointPages)
      throws IOException {
    requireShell();
    ForeignWriter writer =
        new ForeignWriter(
            new ProcessBuilder("sqlite3", "-bail", database.toString())
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start());
    String begin =
        String.join(
            "\n",
            ".timeout 30000",
            "PRAGMA synchronous=" + synchronous + ";",
            "PRAGMA wal_autocheckpoint=" + autoCheckpointPages + ";",
            "CREATE TABLE IF NOT EXISTS sh(id INTEGER PRIMARY KEY, b BLOB);");
    writer.feeder = new Thread(() -> writer.feed(begin, new Random(seed)), "feeder of a shell");
    writer.feeder.start();
    return writer;
  }

  private void feed(String begin, Random random) {
    try (PrintStream shell = new PrintStream(process.getOutputStream(), true)) {
      shell.println(begin);
      while (!stopping && !shell.checkError()) {
        shell.println(transaction(random));
      }
    }
  }

  private static String transaction(Random random) {
    StringBuilder sql = new StringBuilder("BEGIN IMMEDIATE;");
    for (int i = random.nextInt(4); i >= 0; i--) {
      sql.append("INSERT OR REPLACE INTO sh VALUES(")
          .append(random.nextInt(SHELL_ROWS))
          .append(", randomblob(")
          .append(random.nextInt(9000))
          .append("));");
    }
    return sql.append(random.nextInt(10) == 0 ? "ROLLBACK;" : "COMMIT;").toString();
  }

  /** Ends the work in good order: the connection is closed. */
  void finish() throws IOException, InterruptedException {
    stopping = true;
    if (feeder != null) {
      feeder.join();
    }
    process.getOutputStream().close();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("the writer ends").isTrue();
    assertThat(process.exitValue()).isZero();
  }

  /** SIGKILL. */
  @Override
  public void close() {
    stopping = true;
    process.destroyForcibly();
  }
}
