package io.walcast.connector.sink;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows a task through JMX while it runs. Thread-safe. */
final class SinkTaskStatus implements SinkTaskMXBean, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SinkTaskStatus.class);

  /** Who is registered: a task that is late to stop must not take its successor's bean away. */
  private static final ConcurrentMap<ObjectName, SinkTaskStatus> REGISTERED =
      new ConcurrentHashMap<>();

  private final ObjectName name;
  private final Supplier<List<ReplicaStatus>> replicas;
  private final LongSupplier records;
  private final LongSupplier hostileRecords;
  private final BooleanSupplier paused;
  private final SyncFigures syncs;

  private SinkTaskStatus(
      ObjectName name,
      Supplier<List<ReplicaStatus>> replicas,
      LongSupplier records,
      LongSupplier hostileRecords,
      BooleanSupplier paused,
      SyncFigures syncs) {
    this.name = name;
    this.replicas = replicas;
    this.records = records;
    this.hostileRecords = hostileRecords;
    this.paused = paused;
    this.syncs = syncs;
  }

  /**
   * Registers the bean, in place of one that a predecessor left.
   *
   * @throws JMException if the platform's server refuses it
   */
  static SinkTaskStatus register(
      WalSinkConfig config,
      Supplier<List<ReplicaStatus>> replicas,
      LongSupplier records,
      LongSupplier hostileRecords,
      BooleanSupplier paused,
      SyncFigures syncs)
      throws JMException {
    SinkTaskStatus status =
        new SinkTaskStatus(
            objectName(config.connectorName(), config.task()),
            replicas,
            records,
            hostileRecords,
            paused,
            syncs);
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      server.registerMBean(status, status.name);
    } catch (InstanceAlreadyExistsException e) {
      LOG.warn("Replacing {}, left by a task that did not stop", status.name);
      server.unregisterMBean(status.name);
      server.registerMBean(status, status.name);
    }
    REGISTERED.put(status.name, status);
    return status;
  }

  /** The name of the bean; the connector's name is quoted where JMX needs it. */
  static ObjectName objectName(String connector, int task) throws JMException {
    boolean plain = connector.matches("[A-Za-z0-9._-]+");
    return new ObjectName(
        "io.walcast:type=sink-task,connector="
            + (plain ? connector : ObjectName.quote(connector))
            + ",task="
            + task);
  }

  @Override
  public void close() {
    if (!REGISTERED.remove(name, this)) {
      LOG.debug("{} was replaced already", name);
      return;
    }
    try {
      ManagementFactory.getPlatformMBeanServer().unregisterMBean(name);
    } catch (JMException e) {
      LOG.warn("{} stays registered", name, e);
    }
  }

  @Override
  public int getNamespaces() {
    return replicas.get().size();
  }

  @Override
  public int getWaitingNamespaces() {
    return count(ReplicaState.WAITING_FOR_SNAPSHOT.name());
  }

  @Override
  public int getQuarantinedNamespaces() {
    return count(ReplicaState.QUARANTINED.name());
  }

  @Override
  public int getDivergedNamespaces() {
    return count(ReplicaState.DIVERGED.name());
  }

  @Override
  public int getRetryingNamespaces() {
    return count(ReplicaStatus.RETRYING);
  }

  private int count(String state) {
    return (int) replicas.get().stream().filter(r -> r.state().equals(state)).count();
  }

  @Override
  public long getRecords() {
    return records.getAsLong();
  }

  @Override
  public long getHostileRecords() {
    return hostileRecords.getAsLong();
  }

  @Override
  public long getAppliedSegments() {
    return replicas.get().stream().mapToLong(ReplicaStatus::appliedSegments).sum();
  }

  @Override
  public long getSkippedSegments() {
    return replicas.get().stream().mapToLong(ReplicaStatus::skippedSegments).sum();
  }

  @Override
  public long getUnfoldedBytes() {
    return replicas.get().stream().mapToLong(ReplicaStatus::unfoldedBytes).sum();
  }

  @Override
  public int getRunningSyncs() {
    return syncs.running();
  }

  @Override
  public long getSyncs() {
    return syncs.done();
  }

  @Override
  public long getFailedSyncs() {
    return syncs.failed();
  }

  @Override
  public long getSyncedPages() {
    return syncs.pages();
  }

  @Override
  public long getSyncedBytes() {
    return syncs.readBytes();
  }

  @Override
  public boolean isPaused() {
    return paused.getAsBoolean();
  }

  @Override
  public List<ReplicaView> getReplicas() {
    return List.copyOf(replicas.get());
  }
}
