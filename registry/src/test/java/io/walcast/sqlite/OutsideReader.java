package io.walcast.sqlite;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One connection of another language with the machine's own SQLite: Python, which maps the file
 * into memory, or the {@code sqlite3} shell. A test that asks for one that is not installed is
 * skipped. For one thread.
 */
public final class OutsideReader implements AutoCloseable {

  private final Process process;
  private final PrintStream questions;
  private final BufferedReader answers;

  private OutsideReader(ProcessBuilder command) throws IOException {
    process = command.redirectErrorStream(true).start();
    questions = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Python. */
  public static OutsideReader python(Path directory, Path database) throws IOException {
    assumeTrue(runs("python3", "-c", "import sqlite3"), "Python with sqlite3 is not installed");
    Path script = directory.resolve("reader.py");
    if (!Files.exists(script)) {
      try (InputStream text = OutsideReader.class.getResourceAsStream("reader.py")) {
        Files.copy(text, script);
      }
    }
    return new OutsideReader(new ProcessBuilder("python3", script.toString(), database.toString()));
  }

  /** The shell. */
  public static OutsideReader shell(Path database) throws IOException {
    assumeTrue(runs("sqlite3", "--version"), "the sqlite3 shell is not installed");
    return new OutsideReader(
        new ProcessBuilder("sqlite3", "-batch", "-cmd", ".timeout 10000", database.toString()));
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

  /** The first value that a query yields, or what went wrong with it. */
  public String ask(String sql) throws IOException {
    questions.println(sql + ";");
    String answer = answers.readLine();
    return answer == null ? "the reader has ended" : answer;
  }

  /** SIGKILL: no reader has anything to finish. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
