package io.walcast.connector.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;

/**
 * A consumer of the simulated topics, without a group. Each poll brings a few records of one
 * partition, and the world goes on meanwhile. For one thread.
 */
final class SimulatedConsumer extends MockConsumer<byte[], byte[]> {

  private static final int MOST_RECORDS = 12;
  private static final Comparator<TopicPartition> BY_NUMBER =
      Comparator.comparingInt(TopicPartition::partition);

  private final Broker broker;
  private final Dice dice;
  private final Meanwhile meanwhile;
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private boolean woken;

  /** What happens while a consumer waits. */
  interface Meanwhile {

    /** Lets something happen; says whether the brokers answer. */
    boolean goOn();
  }

  SimulatedConsumer(Broker broker, Dice dice, Meanwhile meanwhile) {
    super("none");
    this.broker = broker;
    this.dice = dice;
    this.meanwhile = meanwhile;
  }

  private void ask() {
    if (!meanwhile.goOn()) {
      throw new TimeoutException("the simulated brokers do not answer");
    }
  }

  @Override
  public synchronized List<PartitionInfo> partitionsFor(String topic) {
    ask();
    return broker.partitions(topic).stream()
        .map(partition -> new PartitionInfo(topic, partition.partition(), null, null, null))
        .toList();
  }

  @Override
  public synchronized Map<TopicPartition, Long> beginningOffsets(
      Collection<TopicPartition> partitions) {
    return partitions.stream().collect(Collectors.toMap(tp -> tp, tp -> broker.at(tp).first()));
  }

  @Override
  public synchronized Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    return partitions.stream().collect(Collectors.toMap(tp -> tp, tp -> broker.at(tp).end()));
  }

  @Override
  public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
      Map<TopicPartition, Long> times) {
    ask();
    Map<TopicPartition, OffsetAndTimestamp> found = new HashMap<>();
    times.forEach(
        (tp, time) -> {
          long offset = broker.at(tp).offsetAt(time);
          found.put(tp, offset < 0 ? null : new OffsetAndTimestamp(offset, time));
        });
    return found;
  }

  @Override
  public synchronized void assign(Collection<TopicPartition> partitions) {
    positions.keySet().retainAll(Set.copyOf(partitions));
    partitions.forEach(tp -> positions.putIfAbsent(tp, 0L));
  }

  @Override
  public synchronized void seek(TopicPartition partition, long offset) {
    positions.put(partition, offset);
  }

  @Override
  public synchronized long position(TopicPartition partition) {
    return positions.get(partition);
  }

  @Override
  public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    if (woken) {
      woken = false;
      throw new WakeupException();
    }
    ask();
    TopicPartition source = dice.pick(positions.keySet().stream().sorted(BY_NUMBER).toList());
    Partition partition = broker.at(source);
    long position = positions.get(source);
    if (position < partition.first()) {
      throw new OffsetOutOfRangeException(Map.of(source, position));
    }
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    long next = partition.end();
    int most = 1 + dice.below(MOST_RECORDS);
    for (Partition.Entry entry : partition.read(position, most)) {
      records.add(
          new ConsumerRecord<>(
              source.topic(), source.partition(), entry.offset(), entry.key(), entry.value()));
      next = entry.offset() + 1;
    }
    positions.put(source, records.size() < most ? partition.end() : next);
    return new ConsumerRecords<>(Map.of(source, records), Map.of());
  }

  @Override
  public Map<MetricName, ? extends Metric> metrics() {
    return Map.of();
  }

  @Override
  public void wakeup() {
    woken = true;
  }

  @Override
  public synchronized void close() {
    positions.clear();
  }
}
