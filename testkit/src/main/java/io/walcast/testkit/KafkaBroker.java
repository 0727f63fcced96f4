package io.walcast.testkit;

import java.nio.file.Path;
import java.util.Locale;

/**
 * A real single-node Kafka broker. Implementations may be called from any thread.
 *
 * <p>{@link #start} picks the implementation: a container where a Docker engine answers and can
 * provide the image, else a broker inside this JVM. The system property {@value #CHOICE}, or the
 * environment variable {@code WALCAST_BROKER}, says {@code container}, {@code native} or {@code
 * auto}. Tests that stop, kill and restart their broker use {@link BrokerProcess} directly.
 */
public interface KafkaBroker extends AutoCloseable {
  /** Name of the system property that overrides the choice of the implementation. */
  String CHOICE = "walcast.broker";

  String bootstrapServers();

  @Override
  void close();

  /**
   * Starts a broker and prints on one line which kind and why.
   *
   * @param dataDirectory where a native broker keeps its data; a container keeps its own
   */
  static KafkaBroker start(Path dataDirectory) {
    String choice = choice();
    switch (choice) {
      case "native":
        return startNative(dataDirectory, CHOICE + "=native");
      case "container":
        return startContainer(CHOICE + "=container");
      case "auto":
        String obstacle = DockerEngine.obstacle();
        if (obstacle != null) {
          return startNative(dataDirectory, obstacle);
        }
        try {
          return startContainer("a Docker engine answers");
        } catch (RuntimeException e) {
          return startNative(dataDirectory, "the container did not start: " + e.getMessage());
        }
      default:
        throw new IllegalArgumentException(CHOICE + " is neither container, native nor auto");
    }
  }

  private static String choice() {
    String environment = System.getenv("WALCAST_BROKER");
    String fallback = environment == null ? "auto" : environment;
    return System.getProperty(CHOICE, fallback).toLowerCase(Locale.ROOT);
  }

  private static KafkaBroker startNative(Path dataDirectory, String reason) {
    System.out.println("Kafka broker: native, inside this JVM (" + reason + ")");
    return EmbeddedBroker.start(dataDirectory);
  }

  private static KafkaBroker startContainer(String reason) {
    KafkaBroker broker = ContainerBroker.start();
    System.out.println("Kafka broker: container " + ContainerBroker.IMAGE + " (" + reason + ")");
    return broker;
  }
}
