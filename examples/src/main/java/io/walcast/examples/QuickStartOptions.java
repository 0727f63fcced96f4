package io.walcast.examples;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What the command line asks for; {@code quickstart.sh --help} describes it. Immutable.
 *
 * @param databases the user's databases; absent for the demo
 * @param replicas where their replicas go; present if and only if {@code databases} is
 * @param once stop by itself when the replicas hold what was committed at the start
 * @param demoTime how long the demo writes
 */
record QuickStartOptions(
    Optional<Path> databases, Optional<Path> replicas, boolean once, Duration demoTime) {

  static final Duration DEFAULT_DEMO_TIME = Duration.ofSeconds(15);
  private static final int MAX_SECONDS = 24 * 3600;

  boolean isDemo() {
    return databases.isEmpty();
  }

  /** Reads a command line. */
  static QuickStartOptions parse(String... arguments) throws UsageException {
    Path databases = null;
    Path replicas = null;
    Duration demoTime = null;
    boolean once = false;
    for (int i = 0; i < arguments.length; i++) {
      String option = arguments[i];
      switch (option) {
        case "--once" -> once = true;
        case "--databases" -> databases = directory(option, databases, arguments, ++i);
        case "--replicas" -> replicas = directory(option, replicas, arguments, ++i);
        case "--seconds" -> demoTime = seconds(value(option, arguments, ++i));
        default -> throw new UsageException("unknown option: " + option);
      }
    }
    if ((databases == null) != (replicas == null)) {
      throw new UsageException("--databases and --replicas go together");
    }
    if (once && databases == null) {
      throw new UsageException("--once needs --databases and --replicas");
    }
    if (demoTime != null && databases != null) {
      throw new UsageException("--seconds bounds the demo and does not go with --databases");
    }
    return new QuickStartOptions(
        Optional.ofNullable(databases),
        Optional.ofNullable(replicas),
        once,
        demoTime == null ? DEFAULT_DEMO_TIME : demoTime);
  }

  private static Path directory(String option, Path earlier, String[] arguments, int index)
      throws UsageException {
    if (earlier != null) {
      throw new UsageException(option + " is given twice");
    }
    String value = value(option, arguments, index);
    if (value.isEmpty()) {
      throw new UsageException(option + " needs a directory");
    }
    return Path.of(value);
  }

  private static Duration seconds(String value) throws UsageException {
    try {
      int seconds = Integer.parseInt(value);
      if (seconds >= 1 && seconds <= MAX_SECONDS) {
        return Duration.ofSeconds(seconds);
      }
      throw new UsageException("--seconds must be 1 to " + MAX_SECONDS + ", not " + value);
    } catch (NumberFormatException e) {
      throw new UsageException("--seconds needs a number, not " + value);
    }
  }

  private static String value(String option, String[] arguments, int index) throws UsageException {
    if (index >= arguments.length || arguments[index].startsWith("--")) {
      throw new UsageException(option + " needs a value");
    }
    return arguments[index];
  }
}
