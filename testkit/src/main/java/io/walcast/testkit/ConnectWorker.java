package io.walcast.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A real Connect worker in a child JVM, distributed or standalone, that tests can kill and start
 * again. It is started with the Kafka part of this JVM's class path (see {@link WorkerClassPath}),
 * so that connectors come from {@code plugin.path} in class loaders of their own, as in production.
 *
 * <p>Any thread may call; starting, stopping and killing exclude one another. Where a method needs
 * REST it throws as {@link ConnectRest} does.
 */
public final class ConnectWorker implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Builder built;
  private final ConnectRest rest;
  private final int restPort;
  private JavaProcess child;

  private ConnectWorker(Builder builder) {
    this.built = builder;
    this.restPort = FreePorts.reserve();
    this.rest = new ConnectRest(URI.create("http://localhost:" + restPort));
  }

  /**
   * A worker of the Connect cluster named {@code group}, with the offsets, configurations and
   * states in Kafka.
   *
   * @param directory for the log and the generated properties; each worker needs its own
   */
  public static Builder distributed(Path directory, String bootstrapServers, String group) {
    return new Builder(
        "org.apache.kafka.connect.cli.ConnectDistributed",
        directory,
        bootstrapServers,
        WorkerSettings.distributed(group));
  }

  /**
   * A worker with its offsets in a file of the directory, and with connectors from files.
   *
   * @param connectorFiles properties or JSON, as the shell script takes them
   */
  public static Builder standalone(
      Path directory, String bootstrapServers, Path... connectorFiles) {
    Builder builder =
        new Builder(
            "org.apache.kafka.connect.cli.ConnectStandalone",
            directory,
            bootstrapServers,
            WorkerSettings.standalone(directory));
    for (Path file : connectorFiles) {
      builder.arguments.add(file.toString());
    }
    return builder;
  }

  /**
   * Starts the process again after {@link #kill} or {@link #stop}, and returns when its REST
   * interface answers.
   */
  public synchronized ConnectWorker start() {
    if (child != null && child.isAlive()) {
      throw new IllegalStateException("the worker runs already: " + child);
    }
    child =
        JavaProcess.leashed(built.mainClass)
            .classPath(built.classPath)
            .jvm("-Xmx512m", ChildLogging.jvmOption(built.directory))
            .jvm(built.jvmOptions.toArray(String[]::new))
            .args(writeProperties().toString())
            .args(built.arguments.toArray(String[]::new))
            .log(logFile())
            .start();
    JavaProcess started = child;
    awaiting(
        "the worker's REST interface answers or the worker ends",
        PATIENCE,
        () -> !started.isAlive() || rest.root() != null);
    if (!started.isAlive()) {
      throw new AssertionError(started + "; its log is " + logFile());
    }
    return this;
  }

  /** SIGKILL. */
  public synchronized void kill() {
    if (child != null) {
      child.kill();
    }
  }

  /** SIGTERM: the worker stops its tasks, commits and leaves the group. */
  public synchronized void stop() {
    if (child != null) {
      child.stop(PATIENCE);
    }
  }

  /** Stops the worker in good order if it runs, and starts it again. */
  public synchronized void restart() {
    stop();
    start();
  }

  public synchronized boolean isAlive() {
    return child != null && child.isAlive();
  }

  public ConnectRest rest() {
    return rest;
  }

  public int restPort() {
    return restPort;
  }

  /** Fails if there is a connector of this name; tried again while the workers rebalance. */
  public void createConnector(String name, Map<String, String> config) {
    whileRebalancing("connector " + name + " is created", () -> rest.createConnector(name, config));
  }

  /** Creates the connector or replaces its configuration; repeated while workers rebalance. */
  public void putConfig(String name, Map<String, String> config) {
    whileRebalancing("connector " + name + " is configured", () -> rest.putConfig(name, config));
  }

  public JsonNode status(String name) {
    return rest.status(name);
  }

  public JsonNode validate(String connectorClass, Map<String, String> config) {
    return rest.validate(connectorClass, config);
  }

  public void deleteConnector(String name) {
    whileRebalancing("connector " + name + " is deleted", () -> rest.deleteConnector(name));
  }

  /** Waits until the connector and this many tasks run, and no task is in another state. */
  public void awaitRunning(String name, int tasks, Duration timeout) {
    awaiting(
        "connector " + name + " runs with " + tasks + " tasks",
        timeout,
        () -> {
          JsonNode status = rest.status(name);
          List<String> states = status.get("tasks").findValuesAsText("state");
          boolean running =
              status.at("/connector/state").asText().equals("RUNNING")
                  && states.size() == tasks
                  && states.stream().allMatch("RUNNING"::equals);
          if (!running) {
            throw new IllegalStateException(status.toString());
          }
          return true;
        });
  }

  public Path logFile() {
    return built.directory.resolve("worker.log");
  }

  /** The same as {@link #kill()}. */
  @Override
  public void close() {
    kill();
  }

  private void whileRebalancing(String what, Runnable request) {
    AtomicReference<ConnectRest.RestException> refusal = new AtomicReference<>();
    awaiting(
        what,
        PATIENCE,
        () -> {
          try {
            request.run();
          } catch (ConnectRest.RestException e) {
            if (e.isForTheMoment()) {
              throw e;
            }
            refusal.set(e);
          }
          return true;
        });
    if (refusal.get() != null) {
      throw refusal.get();
    }
  }

  private void awaiting(String what, Duration timeout, Callable<Boolean> condition) {
    try {
      Eventually.until(timeout, what, condition);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "; the worker's log is " + logFile(), e);
    }
  }

  private Path writeProperties() {
    Properties properties = new Properties();
    properties.putAll(built.settings);
    properties.put("listeners", "http://localhost:" + restPort);
    Path file = built.directory.resolve("worker.properties");
    try {
      Files.createDirectories(built.directory);
      try (Writer writer = Files.newBufferedWriter(file)) {
        properties.store(writer, "written by the Walcast testkit");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /** What to start; each {@link #start()} gives another worker. Not thread-safe. */
  public static final class Builder {
    private final String mainClass;
    private final Path directory;
    private final Map<String, String> settings;
    private final List<String> arguments = new ArrayList<>();
    private final List<String> jvmOptions = new ArrayList<>();
    private String classPath = WorkerClassPath.ofThisJvm();

    private Builder(
        String mainClass, Path directory, String bootstrapServers, Map<String, String> settings) {
      this.mainClass = mainClass;
      this.directory = directory;
      this.settings = new HashMap<>(settings);
      this.settings.put("bootstrap.servers", bootstrapServers);
    }

    /** Where connectors are found: directories that hold plugin directories or jars. */
    public Builder pluginPath(Path... directories) {
      return setting(
          "plugin.path",
          Stream.of(directories).map(Path::toString).collect(Collectors.joining(",")));
    }

    /** Replaces or adds a worker property. */
    public Builder setting(String name, String value) {
      settings.put(name, value);
      return this;
    }

    /** {@link #setting} for each entry. */
    public Builder settings(Map<String, String> more) {
      settings.putAll(more);
      return this;
    }

    /** Options of the JVM in addition to the testkit's, which they override. */
    public Builder jvm(String... options) {
      jvmOptions.addAll(List.of(options));
      return this;
    }

    public Builder classPath(String entries) {
      this.classPath = entries;
      return this;
    }

    public ConnectWorker start() {
      return new ConnectWorker(this).start();
    }
  }
}
