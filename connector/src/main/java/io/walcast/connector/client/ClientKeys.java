package io.walcast.connector.client;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;

/** Keys of a connector that are settings of the Kafka clients which it opens itself. Stateless. */
public final class ClientKeys {

  /** Begins the name of a setting of all clients. */
  public static final String PREFIX = "kafka.";

  /** Begins the name of a setting of admin clients. */
  public static final String ADMIN_PREFIX = "kafka.admin.";

  /** Begins the name of a setting of consumers. */
  public static final String CONSUMER_PREFIX = "kafka.consumer.";

  /** Where the brokers are. */
  public static final String BOOTSTRAP_SERVERS = PREFIX + "bootstrap.servers";

  /** Where the worker's properties are. */
  public static final String WORKER_PROPERTIES = "worker.properties";

  private static final String GROUP = "Kafka clients";

  private ClientKeys() {}

  /** Adds the keys that have a name of their own. */
  public static ConfigDef addTo(ConfigDef definition) {
    return definition
        .define(
            BOOTSTRAP_SERVERS,
            Type.STRING,
            null,
            Importance.MEDIUM,
            "Brokers to which the connector's own clients connect: an admin client and a consumer,"
                + " beside the one that Connect runs for it. If not set, those of the worker, which"
                + " are read from its properties file. Any other setting of these clients can be"
                + " given as well: kafka.NAME for all, kafka.admin.NAME and kafka.consumer.NAME"
                + " for one kind, as in kafka.security.protocol or"
                + " kafka.consumer.fetch.max.bytes. If not given, security, ssl and sasl are the"
                + " worker's.",
            GROUP,
            1,
            Width.LONG,
            "Bootstrap servers")
        .define(
            WORKER_PROPERTIES,
            Type.STRING,
            null,
            ConfigDef.LambdaValidator.with(ClientKeys::ensurePath, () -> "path of a file"),
            Importance.LOW,
            "Path of the worker's properties file, on the worker, from which bootstrap servers,"
                + " security, ssl and sasl are taken. If not set, it is found in the command line of"
                + " the worker's JVM, which connect-distributed and connect-standalone are given"
                + " it on.",
            GROUP,
            2,
            Width.LONG,
            "Worker properties file");
  }

  private static void ensurePath(String key, Object value) {
    try {
      if (value != null && Path.of((String) value).toString().isBlank()) {
        throw new ConfigException(key, value, "is empty; give the path of a file");
      }
    } catch (InvalidPathException e) {
      throw new ConfigException(key, value, "is not a path: " + e.getReason());
    }
  }

  /**
   * Checks the values of the settings with a prefix. Names that are not known are let through, for
   * what somebody plugs in has settings of its own.
   *
   * @throws ConfigException naming the first key that is wrong
   */
  public static void check(Map<String, String> connector) {
    connector.forEach(ClientKeys::check);
  }

  private static void check(String key, String value) {
    if (key.startsWith(ADMIN_PREFIX)) {
      check(key, ADMIN_PREFIX, AdminClientConfig.configDef(), value);
    } else if (key.startsWith(CONSUMER_PREFIX)) {
      check(key, CONSUMER_PREFIX, ConsumerConfig.configDef(), value);
    } else if (key.startsWith(PREFIX)) {
      check(key, PREFIX, AdminClientConfig.configDef(), value);
      check(key, PREFIX, ConsumerConfig.configDef(), value);
    }
  }

  private static void check(String key, String prefix, ConfigDef definition, String value) {
    ConfigDef.ConfigKey known = definition.configKeys().get(key.substring(prefix.length()));
    if (known != null && value != null && known.type != Type.CLASS) { // classes: may not load here
      Object parsed = ConfigDef.parseType(key, value, known.type);
      if (known.validator != null) {
        known.validator.ensureValid(key, parsed);
      }
    }
  }

  /** Adds what {@link #check} finds to what Connect found by itself. */
  public static void validate(Map<String, String> connector, List<ConfigValue> values) {
    connector.forEach(
        (key, value) -> {
          try {
            check(key, value);
          } catch (ConfigException e) {
            ConfigValue found =
                values.stream()
                    .filter(known -> known.name().equals(key))
                    .findFirst()
                    .orElseGet(() -> added(key, values));
            found.addErrorMessage(e.getMessage());
          }
        });
  }

  private static ConfigValue added(String key, List<ConfigValue> values) {
    ConfigValue value = new ConfigValue(key);
    values.add(value);
    return value;
  }
}
