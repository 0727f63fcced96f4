package io.walcast.examples;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What the user sees: plain lines, and on a terminal a block of lines that is drawn again in place.
 * Any thread; a line is never torn.
 */
final class Console {
  /** Set by the script if standard output is a terminal. */
  static final String TERMINAL = "walcast.quickstart.terminal";

  private static final String UP_AND_CLEAR = "\u001b[%dA\u001b[0J";
  private static final String WRAP_OFF = "\u001b[?7l";
  private static final String WRAP_ON = "\u001b[?7h";

  private final PrintStream out;
  private final boolean terminal;
  private int linesToRedraw;

  Console(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Writes to the standard output as it was started with, whatever is done to System.out. */
  static Console standard() {
    return new Console(
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8),
        Boolean.getBoolean(TERMINAL));
  }

  boolean isTerminal() {
    return terminal;
  }

  /** Prints lines that stay. */
  synchronized void say(String text) {
    linesToRedraw = 0;
    out.println(text);
  }

  /** Prints lines in place of the ones that the last call printed, if nothing came in between. */
  synchronized void draw(List<String> lines) {
    StringBuilder text = new StringBuilder();
    if (terminal) {
      if (linesToRedraw > 0) {
        text.append(UP_AND_CLEAR.formatted(linesToRedraw));
      }
      // A line that wraps would take two lines of the screen and be counted as one.
      text.append(WRAP_OFF);
    }
    lines.forEach(line -> text.append(line).append(System.lineSeparator()));
    if (terminal) {
      text.append(WRAP_ON);
    }
    out.print(text);
    out.flush();
    linesToRedraw = lines.size();
  }
}
