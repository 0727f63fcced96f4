package io.walcast.connector.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Opens the Kafka clients that a connector needs beside those that Connect runs for it. Their
 * settings are, each overriding those before it:
 *
 * <ol>
 *   <li>bootstrap servers, security, ssl and sasl of the worker
 *   <li>the same of the worker with the prefix {@code admin.} or {@code consumer.}
 *   <li>the connector's with the prefix {@code kafka.}
 *   <li>the connector's with the prefix {@code kafka.admin.} or {@code kafka.consumer.}
 * </ol>
 *
 * Immutable; the clients are for their users to close.
 */
public final class KafkaClients implements ConsumerSource {

  private static final String BOOTSTRAP = "bootstrap.servers";

  private final Map<String, String> connector;
  private final Map<String, String> worker;
  private final String problem; // empty: none

  private KafkaClients(Map<String, String> connector, Map<String, String> worker, String problem) {
    this.connector = Map.copyOf(connector);
    this.worker = worker;
    this.problem = problem;
  }

  /**
   * Looks for the worker's settings; connects to nothing.
   *
   * @param connector the connector's properties, or one of its tasks'
   */
  public static KafkaClients of(Map<String, String> connector) {
    return of(connector, System.getProperty("sun.java.command", ""));
  }

  /** As a JVM with this command line. */
  static KafkaClients of(Map<String, String> connector, String command) {
    Map<String, String> given = new HashMap<>(connector);
    given.values().removeIf(value -> value == null);
    String named = given.get(ClientKeys.WORKER_PROPERTIES);
    Optional<Path> file =
        named == null ? WorkerProperties.fileOf(command) : Optional.of(Path.of(named));
    if (file.isEmpty()) {
      return new KafkaClients(given, Map.of(), "the command line of this JVM names no worker's");
    }
    try {
      return new KafkaClients(given, WorkerProperties.read(file.get()), "");
    } catch (IOException e) {
      return new KafkaClients(given, Map.of(), e.getMessage());
    }
  }

  @Override
  public Optional<String> problem() {
    if (admin().containsKey(BOOTSTRAP) && consumer().containsKey(BOOTSTRAP)) {
      return Optional.empty();
    }
    return Optional.of(
        "no bootstrap servers for the connector's own clients: "
            + (problem.isEmpty() ? "the worker's properties have none" : problem)
            + "; set "
            + ClientKeys.BOOTSTRAP_SERVERS
            + " or "
            + ClientKeys.WORKER_PROPERTIES);
  }

  /**
   * Opens an admin client.
   *
   * @param clientId for the brokers' logs and metrics
   * @throws IOException if the settings are not known, or are refused
   */
  public Admin openAdmin(String clientId) throws IOException {
    Map<String, Object> settings = usable(admin());
    settings.putIfAbsent("client.id", clientId);
    try {
      return Admin.create(settings);
    } catch (KafkaException e) {
      throw refused("an admin client", e);
    }
  }

  @Override
  public Consumer<byte[], byte[]> openConsumer(String clientId) throws IOException {
    Map<String, Object> settings = usable(consumer());
    settings.putIfAbsent(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
    settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    try {
      return new KafkaConsumer<>(
          settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    } catch (KafkaException e) {
      throw refused("a consumer", e);
    }
  }

  private static IOException refused(String client, KafkaException e) {
    String reason = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
    return new IOException("cannot open " + client + ": " + reason, e);
  }

  private Map<String, Object> usable(Map<String, String> settings) throws IOException {
    Optional<String> unknown = problem();
    if (unknown.isPresent()) {
      throw new IOException(unknown.get());
    }
    return new HashMap<>(settings);
  }

  /** The settings of an admin client. */
  Map<String, String> admin() {
    return settings("admin.", ClientKeys.ADMIN_PREFIX);
  }

  /** The settings of a consumer. */
  Map<String, String> consumer() {
    return settings("consumer.", ClientKeys.CONSUMER_PREFIX);
  }

  private Map<String, String> settings(String workerPrefix, String connectorPrefix) {
    Map<String, String> settings = new HashMap<>();
    add(worker, "", settings);
    add(worker, workerPrefix, settings);
    settings.keySet().removeIf(name -> !isConnection(name));
    connector.forEach(
        (key, value) -> {
          boolean ofOneKind =
              key.startsWith(ClientKeys.ADMIN_PREFIX) || key.startsWith(ClientKeys.CONSUMER_PREFIX);
          if (key.startsWith(ClientKeys.PREFIX) && !ofOneKind) {
            settings.put(key.substring(ClientKeys.PREFIX.length()), value);
          }
        });
    add(connector, connectorPrefix, settings);
    return settings;
  }

  private static void add(Map<String, String> from, String prefix, Map<String, String> settings) {
    from.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            settings.put(key.substring(prefix.length()), value);
          }
        });
  }

  /** Settings of the worker that say how to get to the brokers, and not what to do there. */
  private static boolean isConnection(String name) {
    return name.equals(BOOTSTRAP)
        || name.equals("client.dns.lookup")
        || name.startsWith("security.")
        || name.startsWith("ssl.")
        || name.startsWith("sasl.");
  }
}
