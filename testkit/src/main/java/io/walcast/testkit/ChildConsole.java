package io.walcast.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * The child's end of {@link ReportingProcess}: prints reports, and watches standard input on a
 * thread of its own. Other methods are for the child's main thread.
 */
final class ChildConsole {
  private static final long PROGRESS_INTERVAL_NS = 20_000_000;

  private volatile boolean stopAsked;
  private long lastProgressNs = System.nanoTime() - PROGRESS_INTERVAL_NS;

  ChildConsole() {
    Thread watcher = new Thread(this::watch, "orders");
    watcher.setDaemon(true);
    watcher.start();
  }

  boolean stopAsked() {
    return stopAsked;
  }

  /** Prints unless it has just done so. */
  void progress(Report report) {
    if (System.nanoTime() - lastProgressNs >= PROGRESS_INTERVAL_NS) {
      lastProgressNs = System.nanoTime();
      System.out.println("progress " + report.toJson());
    }
  }

  void finding(String text) {
    System.out.println("finding " + text.replace('\n', ' '));
  }

  void result(Report report) {
    System.out.println("result " + report.toJson());
  }

  private void watch() {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        stopAsked |= line.equals("stop");
      }
    } catch (IOException e) {
      e.printStackTrace();
    }
    // The parent is gone.
    NativeLibraryDirectory.ofThisJvm().delete();
    Runtime.getRuntime().halt(137);
  }
}
