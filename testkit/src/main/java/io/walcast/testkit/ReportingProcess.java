package io.walcast.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The parent's end of a child that works on its own and says how far it is. The child prints
 *
 * <pre>
 * progress {json}      now and then
 * finding text         for something that a test must know, at once
 * result {json}        last
 * </pre>
 *
 * and finishes early when it reads {@code stop}; see {@link ChildConsole} for its end. Any thread.
 */
final class ReportingProcess implements AutoCloseable {
  private final List<String> findings = new CopyOnWriteArrayList<>();
  private final NativeLibraryDirectory libraries;
  private final JavaProcess child;
  private final Thread reader;
  private volatile Report progress = new Report();
  private volatile Report result;

  private ReportingProcess(JavaProcess child, NativeLibraryDirectory libraries) {
    this.child = child;
    this.libraries = libraries;
    this.reader = new Thread(this::read, "output-of-" + child.pid());
    reader.setDaemon(true);
    reader.start();
  }

  static ReportingProcess start(Class<?> main, List<String> arguments) {
    NativeLibraryDirectory libraries = NativeLibraryDirectory.create();
    JavaProcess child =
        SqliteJvm.running(main, libraries)
            .jvm("-Xmx128m")
            .args(arguments.toArray(String[]::new))
            .start();
    return new ReportingProcess(child, libraries);
  }

  Report progress() {
    return progress;
  }

  List<String> findings() {
    return List.copyOf(findings);
  }

  JavaProcess child() {
    return child;
  }

  /** Asks the child to finish what it is doing and report. */
  void askToStop() {
    try {
      OutputStream in = child.process().getOutputStream();
      in.write("stop\n".getBytes(StandardCharsets.US_ASCII));
      in.flush();
    } catch (IOException e) {
      // It may have come to its own end just before; then its result is there, or will be missed.
      if (child.isAlive()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Waits for the child's last word. */
  Report awaitResult(Duration patience) {
    if (!child.exitsWithin(patience)) {
      throw new AssertionError(child + " has not finished within " + patience);
    }
    try {
      reader.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while reading from " + child, e);
    }
    libraries.delete();
    if (result == null) {
      throw new AssertionError(child + " ended without a result; findings: " + findings);
    }
    return result;
  }

  /** SIGKILL. */
  void kill() {
    child.kill();
    libraries.delete();
  }

  @Override
  public void close() {
    kill();
  }

  private void read() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(child.process().getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        accept(line);
      }
    } catch (IOException e) {
      // The stream of a killed process may break instead of ending.
      if (child.isAlive()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void accept(String line) {
    int space = line.indexOf(' ');
    String rest = line.substring(space + 1);
    switch (space < 0 ? line : line.substring(0, space)) {
      case "progress":
        progress = Report.parse(rest);
        break;
      case "result":
        progress = Report.parse(rest);
        result = progress;
        break;
      default:
        findings.add(rest);
    }
  }
}
