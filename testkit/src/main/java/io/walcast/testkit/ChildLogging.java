package io.walcast.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the log4j 2 configuration of a child JVM: everything goes to the child's standard output,
 * which {@link JavaProcess} appends to a file. Stateless; any thread.
 */
final class ChildLogging {
  private ChildLogging() {}

  /** Writes {@code log4j2.properties} into the directory and gives the JVM option that uses it. */
  static String jvmOption(Path directory) {
    Path file = directory.resolve("log4j2.properties");
    try {
      Files.createDirectories(directory);
      Files.writeString(
          file,
          """
          status = error
          appender.out.type = Console
          appender.out.name = out
          appender.out.layout.type = PatternLayout
          appender.out.layout.pattern = %d{HH:mm:ss.SSS} %-5p [%t] %m (%c{1})%n
          rootLogger.level = warn
          rootLogger.appenderRef.out.ref = out
          logger.connect.name = org.apache.kafka.connect
          logger.connect.level = info
          # Lists the class path and every plugin alias, at length.
          logger.isolation.name = org.apache.kafka.connect.runtime.isolation
          logger.isolation.level = warn
          logger.walcast.name = io.walcast
          logger.walcast.level = info
          """);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "-Dlog4j2.configurationFile=" + file.toUri();
  }
}
