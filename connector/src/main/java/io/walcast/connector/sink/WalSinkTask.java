package io.walcast.connector.sink;

import io.walcast.connector.BuildVersion;
import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import javax.management.JMException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/**
 * Hands each record to the {@link Replica} of its namespace, and commits only what is safe on disk.
 * No record makes it fail: what is wrong with a namespace stays with the namespace.
 *
 * <p>Connect calls it from one thread.
 */
public final class WalSinkTask extends SinkTask {

  private static final long DRAIN_MS = 5_000;
  private static final long BUSY_POLL_MS = 100;

  private final AtomicLong records = new AtomicLong();
  private WalSinkConfig config;
  private ReplicaLogs logs;
  private PartitionProgress progress;
  private Replicas replicas;
  private BackPressure backPressure;
  private HostileNames names;
  private ErrantRecords errant;
  private SinkTaskStatus status;
  private SyncService service; // null: no syncs
  private SyncAll syncAll; // null: no syncs
  private PassedOver passedOver;
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private final Map<TopicPartition, Long> sentTo = new HashMap<>(); // and not known to have arrived

  private byte[] lastKey;
  private Namespace lastNamespace;

  /** Kafka Connect makes tasks without arguments. */
  public WalSinkTask() {}

  @Override
  public String version() {
    return BuildVersion.get();
  }

  @Override
  public void start(Map<String, String> props) {
    start(new WalSinkConfig(props), new StandardIo());
  }

  void start(WalSinkConfig settings, Io io) {
    start(settings, WorkerSurroundings.of(settings, io));
  }

  void start(WalSinkConfig settings, Surroundings surroundings) {
    config = settings;
    Io io = surroundings.io();
    ReplicaDirectory directory =
        ReplicaDirectory.open(io, config.replicasDirectory(), config.stateDirectory());
    FoldSignal signal = surroundings.signal();
    progress = new PartitionProgress();
    passedOver = new PassedOver(progress);
    logs = new ReplicaLogs(io, surroundings.folds(), directory, config);
    replicas = new Replicas(namespace -> replica(namespace, signal, io::nanoTime), signal);
    if (config.syncEnabled()) {
      service = new SyncService(config, surroundings.consumers(), surroundings.syncThreads());
      syncAll =
          new SyncAll(
              service, replicas, passedOver, directory, config.deleteEnabled(), io::nanoTime);
    }
    backPressure =
        new BackPressure(context, signal, replicas::bufferedBytes, config.bufferMaxBytes());
    names = new HostileNames(io::nanoTime);
    errant = new ErrantRecords(context, config.toleratesErrors());
    try {
      status =
          SinkTaskStatus.register(
              config,
              replicas::statuses,
              records::get,
              names::refused,
              backPressure::isPaused,
              syncFigures());
    } catch (JMException e) {
      throw new ConnectException("cannot show the state of the task through JMX", e);
    }
  }

  private Replica replica(Namespace namespace, FoldSignal signal, LongSupplier nanoClock) {
    FoldProgress folds = new FoldProgress(signal, nanoClock);
    return new Replica(
        namespace,
        logs.of(namespace, folds),
        folds,
        progress,
        config.deleteEnabled(),
        service,
        passedOver,
        nanoClock);
  }

  @Override
  public void open(Collection<TopicPartition> partitions) {
    if (syncAll != null) {
      Map<TopicPartition, Long> seeks = syncAll.assigned(context.assignment(), partitions);
      if (!seeks.isEmpty()) {
        context.offset(seeks);
        positions.putAll(seeks);
        sentTo.putAll(seeks);
      }
      context.timeout(BUSY_POLL_MS);
    }
  }

  @Override
  public void put(Collection<SinkRecord> batch) {
    replicas.rewound();
    for (SinkRecord record : batch) {
      accept(record);
    }
    records.addAndGet(batch.size());
    replicas.settle();
    if (syncAll != null) {
      syncAll.look(positions);
    }
    backPressure.regulate();
    Map<TopicPartition, Long> rewinds = replicas.retry();
    rewinds
        .entrySet()
        .removeIf(e -> e.getValue() >= positions.getOrDefault(e.getKey(), Long.MAX_VALUE));
    if (!rewinds.isEmpty()) {
      context.offset(rewinds);
      positions.putAll(rewinds);
      sentTo.keySet().removeAll(rewinds.keySet());
    }
    if (backPressure.isPaused() || replicas.isAnySuspended() || !rewinds.isEmpty()) {
      context.timeout(BUSY_POLL_MS); // or the next call might come as late as the next commit
    }
  }

  private void accept(SinkRecord record) {
    RecordOrigin origin = RecordOrigin.of(record);
    if (isPassedOver(origin)) {
      return;
    }
    positions.put(origin.partition(), origin.offset() + 1);
    Namespace namespace = namespace(record.key(), origin);
    Optional<Exception> problem =
        namespace == null
            ? Optional.of(new DataException("the key is not a namespace"))
            : replicas.get(namespace).accept(origin, record.value());
    problem.ifPresent(wrong -> errant.report(origin, record, wrong));
  }

  /**
   * Whether a record is one of those that the consumer had fetched before it was sent past them. Of
   * a segment that begins there the rest will not come, so it must not begin.
   */
  private boolean isPassedOver(RecordOrigin origin) {
    Long to = sentTo.get(origin.partition());
    if (to == null) {
      return false;
    }
    if (origin.offset() >= to) {
      sentTo.remove(origin.partition());
      return false;
    }
    return true;
  }

  /** Records of a segment follow each other: most keys are the one before. */
  private Namespace namespace(Object key, RecordOrigin origin) {
    if (key instanceof byte[] bytes && Arrays.equals(bytes, lastKey)) {
      return lastNamespace;
    }
    Optional<Namespace> namespace = names.namespace(key, origin);
    if (namespace.isPresent()) {
      lastKey = (byte[]) key;
      lastNamespace = namespace.get();
    }
    return namespace.orElse(null);
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> currentOffsets) {
    replicas.force();
    return progress.committable(currentOffsets);
  }

  /** What syncs have done; nothing where there are none. */
  SyncFigures syncFigures() {
    return service == null ? new SyncFigures() : service.figures();
  }

  /** The state of each replica. */
  List<ReplicaStatus> statuses() {
    return replicas.statuses();
  }

  @Override
  public void close(Collection<TopicPartition> partitions) {
    replicas.close(partitions, DRAIN_MS);
    progress.close(partitions);
    passedOver.close(partitions);
    positions.keySet().removeAll(partitions);
    sentTo.keySet().removeAll(partitions);
    errant.close(partitions);
  }

  @Override
  public void stop() {
    if (replicas != null) {
      replicas.closeAll();
    }
    if (service != null) {
      service.close();
    }
    if (logs != null) {
      logs.close();
    }
    if (status != null) {
      status.close();
    }
  }
}
