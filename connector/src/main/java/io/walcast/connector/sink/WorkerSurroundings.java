package io.walcast.connector.sink;

import io.walcast.connector.client.ClientKeys;
import io.walcast.connector.client.ConsumerSource;
import io.walcast.connector.client.KafkaClients;
import io.walcast.io.Io;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** What a task has in a Connect worker. Immutable. */
record WorkerSurroundings(
    Io io,
    ConsumerSource consumers,
    ExecutorService syncThreads,
    FoldRunner folds,
    FoldSignal signal)
    implements Surroundings {

  /**
   * A fetch brings more than was asked for, and the next one is on its way before that is noticed:
   * so they are small. And nobody may wait long for brokers that do not answer while partitions are
   * being assigned.
   */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
          Integer.toString(128 << 10),
          ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
          "20000");

  static WorkerSurroundings of(WalSinkConfig config, Io io) {
    Map<String, String> settings = new HashMap<>(config.originalsStrings());
    DEFAULTS.forEach((key, value) -> settings.putIfAbsent(ClientKeys.CONSUMER_PREFIX + key, value));
    return new WorkerSurroundings(
        io,
        KafkaClients.of(settings),
        syncThreads(config),
        new FoldThreads(io, config.checkpointThreads()),
        new MonitorFoldSignal());
  }

  /** None is started before there is something to sync. */
  private static ExecutorService syncThreads(WalSinkConfig config) {
    String prefix = "walcast-sync-" + config.connectorName() + "-" + config.task() + "-";
    AtomicInteger number = new AtomicInteger();
    return Executors.newFixedThreadPool(
        config.syncThreads(),
        task -> {
          Thread thread = new Thread(task, prefix + number.getAndIncrement());
          thread.setDaemon(true);
          return thread;
        });
  }
}
