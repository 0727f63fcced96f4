package io.walcast.connector.source;

import io.walcast.segment.Namespace;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.MBeanRegistration;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a task's state into the platform's MBean server as {@code
 * io.walcast:type=source-task,connector=...,task=...}. Thread-safe. Failing to register is logged
 * and keeps nothing else from working.
 */
final class TaskStatus implements SourceTaskMXBean, MBeanRegistration, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TaskStatus.class);
  private static final Pattern NEEDS_NO_QUOTES = Pattern.compile("[A-Za-z0-9._-]+");

  private final CaptureLoop loop;
  private final SegmentPublisher publisher;
  private final Announcing announcing;
  private final LongAdder framesAcknowledged = new LongAdder();
  private final LongAdder bytesAcknowledged = new LongAdder();
  private final String name;
  private volatile boolean registered; // false again once a successor has taken the name over

  TaskStatus(
      String connector,
      TaskShare share,
      CaptureLoop loop,
      SegmentPublisher publisher,
      Announcing announcing) {
    this.loop = loop;
    this.publisher = publisher;
    this.announcing = announcing;
    String quoted =
        NEEDS_NO_QUOTES.matcher(connector).matches() ? connector : ObjectName.quote(connector);
    name = "io.walcast:type=source-task,connector=" + quoted + ",task=" + share.index();
  }

  /** Takes the name over, also from a task of the same number that did not end properly. */
  void register() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      ObjectName objectName = new ObjectName(name);
      if (server.isRegistered(objectName)) {
        server.unregisterMBean(objectName);
      }
      server.registerMBean(this, objectName);
    } catch (JMException e) {
      LOG.warn("No JMX status as {}: {}", name, e, e);
    }
  }

  @Override
  public void close() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      ObjectName objectName = new ObjectName(name);
      if (registered) {
        server.unregisterMBean(objectName);
      }
    } catch (JMException e) {
      LOG.warn("JMX status {} stays: {}", name, e, e);
    }
  }

  @Override
  public ObjectName preRegister(MBeanServer server, ObjectName wanted) {
    return wanted;
  }

  @Override
  public void postRegister(Boolean done) {
    registered = done;
  }

  @Override
  public void preDeregister() {
    // nothing to prepare
  }

  @Override
  public void postDeregister() {
    registered = false;
  }

  void acknowledged(int bytes) {
    framesAcknowledged.increment();
    bytesAcknowledged.add(bytes);
  }

  @Override
  public List<NamespaceStatus> getNamespaces() {
    return loop.watches().entrySet().stream().map(this::status).toList();
  }

  @Override
  public int getDatabases() {
    return loop.watches().size();
  }

  @Override
  public int getResting() {
    return (int) loop.watches().values().stream().filter(Watch::isResting).count();
  }

  @Override
  public int getFailing() {
    return (int) loop.watches().values().stream().filter(watch -> watch.status().failing()).count();
  }

  @Override
  public long getCommits() {
    return loop.watches().values().stream().mapToLong(watch -> watch.status().commits()).sum();
  }

  @Override
  public long getFramesAcknowledged() {
    return framesAcknowledged.sum();
  }

  @Override
  public long getBytesAcknowledged() {
    return bytesAcknowledged.sum();
  }

  @Override
  public int getSegmentsWaiting() {
    return loop.watches().keySet().stream()
        .mapToInt(namespace -> publisher.status(namespace).segmentsWaiting())
        .sum();
  }

  @Override
  public long getAnnouncements() {
    return announcing.announcements();
  }

  @Override
  public String getAnnouncementProblem() {
    return announcing.problem();
  }

  @Override
  public boolean requestSnapshot(String namespace) {
    return Namespace.isValid(namespace) && announcing.requestSnapshot(new Namespace(namespace));
  }

  @Override
  public String getScanProblem() {
    return loop.scanProblem();
  }

  private NamespaceStatus status(Map.Entry<Namespace, Watch> entry) {
    return new NamespaceStatus(
        entry.getKey().name(),
        entry.getValue().status(),
        publisher.status(entry.getKey()),
        entry.getValue().durableFrameNo());
  }
}
