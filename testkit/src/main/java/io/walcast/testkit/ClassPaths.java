package io.walcast.testkit;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Builds class paths for child JVMs out of what this JVM was started with. Stateless; any thread.
 */
public final class ClassPaths {
  private ClassPaths() {}

  /**
   * The jars or directories that hold the named classes, each once, in order. The classes are found
   * but not initialised, so naming a driver class does not load its native library.
   */
  public static String holding(String... classNames) {
    Set<String> entries = new LinkedHashSet<>();
    for (String name : classNames) {
      entries.add(locate(name).toString());
    }
    return String.join(File.pathSeparator, entries);
  }

  /** Everything this JVM was started with. */
  public static String current() {
    return System.getProperty("java.class.path");
  }

  /** The entries of {@link #current()} that {@code wanted} accepts, in order. */
  public static String current(Predicate<Path> wanted) {
    return entries().stream()
        .filter(wanted)
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  static Path locate(String className) {
    try {
      Class<?> found = Class.forName(className, false, ClassPaths.class.getClassLoader());
      return Path.of(found.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (ClassNotFoundException | URISyntaxException e) {
      throw new IllegalStateException(className + " is not on this JVM's class path", e);
    }
  }

  private static List<Path> entries() {
    return Arrays.stream(current().split(File.pathSeparator))
        .filter(entry -> !entry.isEmpty())
        .map(Path::of)
        .collect(Collectors.toList());
  }
}
