package io.walcast.examples;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Sends everything that is not meant for the user to one file: what is logged, and what any library
 * prints. Must run before the first logger is made.
 */
final class RunLog {
  private RunLog() {}

  static void open(Path file) throws IOException {
    System.setProperty("walcast.quickstart.log", file.toString());
    System.setProperty("log4j2.configurationFile", "quickstart-log4j2.xml");
    PrintStream stream =
        new PrintStream(
            new FileOutputStream(file.toFile(), true), true, StandardCharsets.UTF_8.name());
    System.setOut(stream);
    System.setErr(stream);
  }
}
