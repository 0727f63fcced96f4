package io.walcast.testkit;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The worker properties with which {@link ConnectWorker} starts: everything that is one for each
 * Connect cluster has room for one broker only, and everything that decides how long a dead worker
 * is missed is as small as the broker allows. Stateless; any thread.
 */
final class WorkerSettings {
  private WorkerSettings() {}

  static Map<String, String> standalone(Path directory) {
    Map<String, String> settings = new HashMap<>(common());
    settings.put("offset.storage.file.filename", directory.resolve("offsets").toString());
    return settings;
  }

  static Map<String, String> distributed(String group) {
    Map<String, String> settings = new HashMap<>(common());
    settings.put("group.id", group);
    for (String store : new String[] {"config", "offset", "status"}) {
      settings.put(store + ".storage.topic", group + "-" + store);
      settings.put(store + ".storage.replication.factor", "1");
    }
    settings.put("offset.storage.partitions", "1");
    settings.put("status.storage.partitions", "1");
    // Six seconds is the smallest session that a broker's default settings accept.
    settings.put("session.timeout.ms", "6000");
    settings.put("heartbeat.interval.ms", "500");
    settings.put("rebalance.timeout.ms", "10000");
    settings.put("scheduled.rebalance.max.delay.ms", "0");
    settings.put("worker.sync.timeout.ms", "3000");
    settings.put("worker.unsync.backoff.ms", "1000");
    return settings;
  }

  private static Map<String, String> common() {
    return Map.of(
        "plugin.discovery", "service_load",
        "key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter",
        "value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter",
        "offset.flush.interval.ms", "500",
        "offset.flush.timeout.ms", "5000",
        "task.shutdown.graceful.timeout.ms", "2000",
        "connector.client.config.override.policy", "All");
  }
}
