package io.walcast.examples;

import io.walcast.testkit.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Broker, worker, source and sink, running in this JVM. Used by one thread; {@link ShutdownStack}
 * stops the parts.
 */
final class Replication implements CatchUp.Progress {
  /** The source's default for {@code databases.glob}, as alternatives. */
  private static final String USUAL_NAMES = "**.db,**.sqlite,**.sqlite3";

  /** A broker that does not sign off is taken for alive, and the next one has to wait for 9 s. */
  private static final Map<String, String> BROKER_SETTINGS =
      Map.of("controlled.shutdown.enable", "true");

  /** What the worker properties say, which a worker takes from its own current directory. */
  private static final String PLUGIN_PATH = "connector/target/walcast-connector-plugin";

  private static final long CHECK_INTERVAL_NS = 2_000_000_000L;

  private final EmbeddedWorker worker;
  private final LiveStatus live;
  private final List<String> connectors;
  private long checkedAtNs = System.nanoTime();

  private Replication(EmbeddedWorker worker, LiveStatus live, List<String> connectors) {
    this.worker = worker;
    this.live = live;
    this.connectors = connectors;
  }

  /**
   * Starts everything.
   *
   * @param home the repository, with {@code config/} and the built plugin
   */
  static Replication start(
      Path home, Workspace workspace, FoundDatabases found, ShutdownStack stack, Console console)
      throws IOException {
    ConnectorFile sink =
        ConnectorFile.read(
            home.resolve("config/walcast-sink.json"),
            Map.of("replicas.directory", workspace.replicas().toString()));
    EmbeddedBroker broker = stack.push(EmbeddedBroker.start(workspace.kafka(), BROKER_SETTINGS));
    console.say("Started a Kafka broker at " + broker.bootstrapServers() + ".");
    Map<String, String> settings = sourceSettings(workspace, found);
    settings.put("kafka.bootstrap.servers", broker.bootstrapServers()); // this JVM is no worker's
    ConnectorFile source = ConnectorFile.read(home.resolve("config/walcast-source.json"), settings);
    List<String> lost = LostReplicas.find(workspace, found);
    if (!lost.isEmpty()) {
      console.say("Replicas that are gone are made again from the topic: " + lost);
      LostReplicas.readAgain(broker.bootstrapServers(), sink.name());
    }
    EmbeddedWorker worker =
        stack.push(
            EmbeddedWorker.start(
                home.resolve("config/connect-standalone.properties"),
                Map.of(
                    "bootstrap.servers", broker.bootstrapServers(),
                    "plugin.path", home.resolve(PLUGIN_PATH).toString(),
                    "offset.storage.file.filename", workspace.connectOffsets().toString())));
    console.say("Started a Kafka Connect worker.");
    LiveStatus live = stack.push(new LiveStatus(new ConnectorBeans(), console));
    live.start();
    worker.create(source);
    worker.create(sink);
    console.say("Created the connectors " + source.name() + " and " + sink.name() + ".");
    return new Replication(worker, live, List.of(source.name(), sink.name()));
  }

  private static Map<String, String> sourceSettings(Workspace workspace, FoundDatabases found) {
    Map<String, String> settings = new HashMap<>();
    settings.put("databases.directory", workspace.databases().toString());
    settings.put("state.directory", workspace.sourceState().toString());
    String glob = found.glob(workspace.databases(), USUAL_NAMES);
    if (!glob.isEmpty()) {
      settings.put("databases.glob", glob);
    }
    return settings;
  }

  LiveStatus live() {
    return live;
  }

  @Override
  public List<NamespaceStatus> status() {
    return live.latest();
  }

  /**
   * Asks the worker, but only now and then: callers may call often.
   *
   * @throws IOException naming the connector that has failed, and why
   */
  @Override
  public void check() throws IOException {
    long nowNs = System.nanoTime();
    if (nowNs - checkedAtNs < CHECK_INTERVAL_NS) {
      return;
    }
    checkedAtNs = nowNs;
    for (String connector : connectors) {
      String failure = worker.failure(connector);
      if (!failure.isEmpty()) {
        throw new IOException("connector " + connector + " has failed: " + reason(failure));
      }
    }
  }

  /** The innermost cause of a stack trace: the part that a person can use. */
  private static String reason(String trace) {
    return trace
        .lines()
        .filter(line -> line.startsWith("Caused by: "))
        .reduce((first, second) -> second)
        .map(line -> line.substring("Caused by: ".length()))
        .orElseGet(() -> trace.lines().findFirst().orElse("no reason given"));
  }
}
