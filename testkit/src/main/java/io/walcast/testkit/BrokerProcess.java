package io.walcast.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/**
 * A Kafka broker in a child JVM, for tests that take it away: it can be stopped, killed and started
 * again, on the same ports and with the same data.
 *
 * <p>Any thread may call; calls exclude one another.
 */
public final class BrokerProcess implements KafkaBroker {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  // A broker that was killed can register again only when its old session has ended.
  private static final Map<String, String> QUICK_RECOVERY =
      Map.of(
          "broker.session.timeout.ms", "3000",
          "broker.heartbeat.interval.ms", "500",
          "controller.quorum.election.timeout.ms", "200");

  private final Path directory;
  private final BrokerSettings settings;
  private JavaProcess child;

  private BrokerProcess(Path directory, BrokerSettings settings) {
    this.directory = directory;
    this.settings = settings;
  }

  public static BrokerProcess start(Path dataDirectory) {
    return start(dataDirectory, Map.of());
  }

  /**
   * @param overrides broker settings that replace or add to the testkit's
   */
  public static BrokerProcess start(Path dataDirectory, Map<String, String> overrides) {
    Map<String, String> settings = new HashMap<>(QUICK_RECOVERY);
    settings.putAll(overrides);
    BrokerProcess broker =
        new BrokerProcess(dataDirectory, BrokerSettings.prepare(dataDirectory, settings));
    broker.restart();
    return broker;
  }

  /** SIGKILL. */
  public synchronized void kill() {
    child.kill();
  }

  /** SIGTERM: an orderly shutdown. */
  public synchronized void stop() {
    child.stop(PATIENCE);
  }

  /** Starts the broker again, stopping it first if it runs; returns when it answers clients. */
  public synchronized void restart() {
    if (child != null && child.isAlive()) {
      stop();
    }
    child =
        JavaProcess.leashed("kafka.Kafka")
            .jvm("-Xmx512m", ChildLogging.jvmOption(directory))
            .args(settings.file().toString())
            .log(logFile())
            .start();
    try {
      Eventually.until(PATIENCE, "a broker answers at " + bootstrapServers(), this::answers);
    } catch (AssertionError e) {
      child.kill();
      throw new AssertionError(e.getMessage() + "; its log is " + logFile(), e);
    }
  }

  public synchronized boolean isAlive() {
    return child.isAlive();
  }

  public Path logFile() {
    return directory.resolve("broker.log");
  }

  @Override
  public String bootstrapServers() {
    return settings.bootstrapServers();
  }

  /** SIGKILL: whoever is done with a broker does not care for its data. */
  @Override
  public void close() {
    kill();
  }

  private boolean answers() throws Exception {
    if (!child.isAlive()) {
      return false;
    }
    Properties properties = new Properties();
    properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers());
    try (Admin admin = Admin.create(properties)) {
      return admin.describeCluster().nodes().get(10, TimeUnit.SECONDS).size() == 1;
    }
  }
}
