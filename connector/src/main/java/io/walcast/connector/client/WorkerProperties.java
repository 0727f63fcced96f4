package io.walcast.connector.client;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * The properties of the Connect worker that this JVM is. Connect does not hand them to connectors,
 * but the commands that start a worker are given the name of the file. Stateless.
 */
final class WorkerProperties {

  /** Not always first: something may have started the worker within its own JVM. */
  private static final Pattern WORKER =
      Pattern.compile("(?:^|[ .])Connect(?:Distributed|Standalone) ");

  private WorkerProperties() {}

  /**
   * The file in a command line of the JVM, as the property {@code sun.java.command} gives it: the
   * main class and its arguments, with nothing between them but spaces.
   *
   * @return nothing if the JVM is no worker, or if there is no such file
   */
  static Optional<Path> fileOf(String command) {
    Matcher worker = WORKER.matcher(command);
    if (!worker.find()) {
      return Optional.empty();
    }
    String arguments = command.substring(worker.end());
    for (int space = arguments.indexOf(' ');
        space >= 0;
        space = arguments.indexOf(' ', space + 1)) {
      Optional<Path> file = file(arguments.substring(0, space)); // a name may have spaces itself
      if (file.isPresent()) {
        return file;
      }
    }
    return file(arguments);
  }

  private static Optional<Path> file(String name) {
    try {
      return Optional.of(Path.of(name)).filter(Files::isRegularFile);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * Reads the file; variables of configuration providers are replaced, as the worker does.
   *
   * @throws IOException naming the file
   */
  static Map<String, String> read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException("cannot read the worker's properties " + file + ": " + e, e);
    }
    try {
      Map<String, String> resolved = new HashMap<>();
      new AbstractConfig(new ConfigDef(), properties, false)
          .originals()
          .forEach((key, value) -> resolved.put(key, String.valueOf(value)));
      return resolved;
    } catch (KafkaException e) {
      throw new IOException("cannot resolve the worker's properties " + file + ": " + e, e);
    }
  }
}
