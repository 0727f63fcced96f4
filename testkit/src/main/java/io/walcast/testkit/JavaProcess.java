package io.walcast.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A child JVM. It never outlives its parent: an orderly exit of the parent kills it from a shutdown
 * hook, and a killed parent closes the child's standard input, which {@link Leash} and the
 * testkit's own mains take as the order to halt.
 *
 * <p>Any thread may call any method.
 */
public final class JavaProcess implements AutoCloseable {
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "walcast-kill-children"));
  }

  private final String description;
  private final Process process;

  private JavaProcess(String description, Process process) {
    this.description = description;
    this.process = process;
  }

  /**
   * Starts with describing a child that runs {@code mainClass} as it is; the main itself must halt
   * at the end of its standard input.
   */
  public static Builder running(String mainClass) {
    return new Builder(mainClass, List.of(mainClass));
  }

  /** Starts with describing a child that runs a {@code mainClass} unaware of its parent. */
  public static Builder leashed(String mainClass) {
    return new Builder(mainClass, List.of(Leash.class.getName(), mainClass));
  }

  public Process process() {
    return process;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL, and waits until the process is gone. */
  public void kill() {
    process.destroyForcibly();
    if (!exitsWithin(Duration.ofSeconds(30))) {
      throw new IllegalStateException(description + " survived SIGKILL for 30 s");
    }
  }

  /** SIGTERM, and SIGKILL if that takes longer than {@code patience}. */
  public void stop(Duration patience) {
    process.destroy();
    if (!exitsWithin(patience)) {
      kill();
    }
  }

  /** Waits for the process to end; false if it still runs after {@code patience}. */
  public boolean exitsWithin(Duration patience) {
    try {
      return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + description, e);
    }
  }

  /** The same as {@link #kill()}. */
  @Override
  public void close() {
    kill();
  }

  @Override
  public String toString() {
    return description + (process.isAlive() ? " (running, pid " : " (ended, pid ") + pid() + ")";
  }

  /** What to run and how. Not thread-safe. */
  public static final class Builder {
    private final String description;
    private final List<String> mainAndArguments;
    private final List<String> jvmOptions = new ArrayList<>();
    private String classPath = ClassPaths.current();
    private Redirect output = Redirect.PIPE;
    private Redirect errors = Redirect.INHERIT;
    private Path directory;

    private Builder(String mainClass, List<String> mainAndArguments) {
      this.description = mainClass.substring(mainClass.lastIndexOf('.') + 1);
      this.mainAndArguments = new ArrayList<>(mainAndArguments);
    }

    public Builder classPath(String classPath) {
      this.classPath = classPath;
      return this;
    }

    public Builder jvm(String... options) {
      jvmOptions.addAll(List.of(options));
      return this;
    }

    public Builder args(String... arguments) {
      mainAndArguments.addAll(List.of(arguments));
      return this;
    }

    public Builder directory(Path directory) {
      this.directory = directory;
      return this;
    }

    /** Appends standard output and errors to one file; the default is a pipe and this JVM's own. */
    public Builder log(Path file) {
      output = Redirect.appendTo(file.toFile());
      errors = Redirect.appendTo(file.toFile());
      return this;
    }

    public JavaProcess start() {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Xshare:auto");
      command.add("-XX:TieredStopAtLevel=1");
      command.addAll(jvmOptions);
      command.addAll(List.of("-cp", classPath));
      command.addAll(mainAndArguments);
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(output).redirectError(errors);
      if (directory != null) {
        builder.directory(directory.toFile());
      }
      // A worker that inherited these would run with the options of whoever started the tests.
      builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "CLASSPATH"));
      try {
        if (output.file() != null) {
          Files.createDirectories(parentOf(output.file()));
        }
        Process process = builder.start();
        RUNNING.add(process);
        process.onExit().thenAccept(RUNNING::remove);
        return new JavaProcess(description, process);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot start " + description, e);
      }
    }

    private static Path parentOf(File file) {
      return file.toPath().toAbsolutePath().getParent();
    }
  }
}
