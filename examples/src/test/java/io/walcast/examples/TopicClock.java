package io.walcast.examples;

import io.walcast.testkit.Eventually;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** Times how fast a count grows, such as the records of a topic. Used by one thread. */
final class TopicClock implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Admin admin;

  TopicClock(String bootstrapServers) {
    admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
  }

  void createTopic(String name, Map<String, String> config) throws Exception {
    admin.createTopics(Set.of(new NewTopic(name, 1, (short) 1).configs(config))).all().get();
    Eventually.until(PATIENCE, "topic " + name + " can be asked", () -> records(name) == 0);
  }

  long records(String topic) throws Exception {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    latest.put(new TopicPartition(topic, 0), OffsetSpec.latest());
    return admin.listOffsets(latest).all().get().values().iterator().next().offset();
  }

  /** Records per second between the first sign of growth and the moment when all are there. */
  double recordsPerSecond(String what, long all, Count count) throws Exception {
    long first = await("first " + what, count, 1);
    long startNs = System.nanoTime();
    await(all + " " + what, count, all);
    return (all - first) / ((System.nanoTime() - startNs) / 1e9);
  }

  /**
   * Looks more often than others wait: a catch-up may take no longer than a few of their pauses.
   */
  private static long await(String what, Count count, long wanted) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      long now = count.now();
      if (now >= wanted) {
        return now;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + PATIENCE + ": " + what + "; last: " + now);
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** As {@link LongSupplier}, for those that fail. */
  interface Count {
    long now() throws Exception;
  }

  @Override
  public void close() {
    admin.close();
  }
}
