package io.walcast.connector.sink;

import io.walcast.connector.client.ConsumerSource;
import io.walcast.io.Io;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.function.IntUnaryOperator;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * The real sink task in simulated surroundings, for simulations in other packages: folds and syncs
 * are steps. For one thread.
 */
public final class SimulatedTask {

  private final WalSinkTask task = new WalSinkTask();
  private final RecordingContext context = new RecordingContext();
  private final SteppedFolds folds;
  private final SteppedThreads threads = new SteppedThreads();

  /**
   * Starts a task without partitions.
   *
   * @param dice gives a number from 0 to below its argument
   */
  public SimulatedTask(
      Map<String, String> properties, Io io, ConsumerSource consumers, IntUnaryOperator dice) {
    folds = new SteppedFolds(dice);
    task.initialize(context);
    task.start(new WalSinkConfig(properties), new Simulated(io, consumers, threads, folds, folds));
  }

  private record Simulated(
      Io io,
      ConsumerSource consumers,
      ExecutorService syncThreads,
      FoldRunner folds,
      FoldSignal signal)
      implements Surroundings {}

  /** It gets partitions. */
  public void open(Collection<TopicPartition> partitions) {
    context.assignment.addAll(partitions);
    task.open(partitions);
  }

  /** It loses partitions. */
  public void close(Collection<TopicPartition> partitions) {
    task.close(partitions);
    context.assignment.removeAll(partitions);
    context.paused.removeAll(partitions);
    partitions.forEach(context.rewinds::remove);
  }

  /** Where it wants to read again; forgotten then. */
  public Map<TopicPartition, Long> takeRewinds() {
    Map<TopicPartition, Long> rewinds = new HashMap<>(context.rewinds);
    context.rewinds.clear();
    return rewinds;
  }

  /** Whether a partition is paused. */
  public boolean isPaused(TopicPartition partition) {
    return context.paused.contains(partition);
  }

  /** Delivers records. */
  public void put(Collection<SinkRecord> batch) {
    task.put(batch);
  }

  /** What may be committed, of what was delivered. */
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> delivered) {
    return task.preCommit(delivered);
  }

  /** The state of each replica. */
  public List<? extends ReplicaView> replicas() {
    return task.statuses();
  }

  /** Syncs that have read all. */
  public long syncs() {
    return task.syncFigures().done();
  }

  /** Whether there is something to fold. */
  public boolean mayFold() {
    return folds.isAnyDue();
  }

  /** Folds something. */
  public void fold() {
    folds.step();
  }

  /** Whether a sync, or a look at the announcements, waits for its thread. */
  public boolean maySync() {
    return threads.isAnyWaiting();
  }

  /** Does the next of these. */
  public void sync() {
    threads.step();
  }

  /** Stops it. */
  public void stop() {
    task.stop();
  }
}
