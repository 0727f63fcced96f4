package io.walcast.connector.cli;

import java.util.Locale;

/**
 * One line on the error output that says how far something is. It is written over while it grows,
 * and only where a person looks at it. For one thread.
 */
final class ProgressLine implements AutoCloseable {

  private static final int WIDTH = 30;

  private final String what;
  private final boolean silent;
  private int shown = -1;

  ProgressLine(String what, boolean quiet) {
    this.what = what;
    this.silent = quiet || System.console() == null;
  }

  void at(long done, long all) {
    int permille = all == 0 ? 1000 : (int) (done * 1000 / all);
    if (!silent && permille != shown) {
      shown = permille;
      int filled = permille * WIDTH / 1000;
      System.err.printf(
          Locale.ROOT,
          "\r%s [%s%s] %5.1f %%",
          what,
          "#".repeat(filled),
          ".".repeat(WIDTH - filled),
          permille / 10.0);
      System.err.flush();
    }
  }

  @Override
  public void close() {
    if (shown >= 0) {
      System.err.println();
    }
  }
}
