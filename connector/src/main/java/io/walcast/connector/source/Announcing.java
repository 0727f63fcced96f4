package io.walcast.connector.source;

import io.walcast.capture.CapturedTarget;
import io.walcast.capture.DeletedLog;
import io.walcast.connector.announcer.AnnouncementRecord;
import io.walcast.connector.announcer.Announcer;
import io.walcast.connector.announcer.AnnouncerThread;
import io.walcast.connector.announcer.DurableFrame;
import io.walcast.connector.announcer.PublishedSegment;
import io.walcast.connector.announcer.SnapshotRequests;
import io.walcast.connector.client.KafkaClients;
import io.walcast.io.Io;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a task announces, if it does: where that is switched off, or no clients can be had, all of
 * this does nothing. Thread-safe, but for {@link #start} and {@link #close}; does not block.
 */
final class Announcing implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Announcing.class);

  private final Io io;
  private final Announcer announcer; // null: nothing is announced
  private final AnnouncerThread thread;
  private final SnapshotRequests requests;
  private final String whyNot;

  private Announcing(
      Io io,
      Announcer announcer,
      AnnouncerThread thread,
      SnapshotRequests requests,
      String whyNot) {
    this.io = io;
    this.announcer = announcer;
    this.thread = thread;
    this.requests = requests;
    this.whyNot = whyNot;
  }

  static Announcing of(
      String connector,
      WalSourceConfig config,
      TaskShare share,
      KafkaClients clients,
      Io io,
      SnapshotRequests requests) {
    Optional<String> problem = clients.problem();
    if (!config.getBoolean(AnnouncementConfig.ENABLED)) {
      return new Announcing(io, null, null, requests, "");
    }
    if (problem.isPresent()) {
      LOG.warn(
          "Nothing is announced, no snapshot is published for the sake of new replicas, and nothing"
              + " is pruned; replicas are fed as ever: {}",
          problem.get());
      return new Announcing(io, null, null, requests, problem.get());
    }
    Announcer announcer =
        new Announcer(
            AnnouncementConfig.options(config), io::nanoTime, () -> io.now().toEpochMilli());
    String name = "walcast-announcer-" + connector + "-" + share.index();
    return new Announcing(
        io,
        announcer,
        new AnnouncerThread(announcer, clients, name, share::owns, requests, share.index() == 0),
        requests,
        "");
  }

  void start() {
    if (thread != null) {
      thread.start();
    }
  }

  /**
   * A namespace is going to be captured; nothing of it has been opened yet.
   *
   * @param published what Connect knows to be published
   * @param stateDirectory of the namespace
   */
  void watch(Namespace namespace, Optional<SourcePosition> published, Path stateDirectory) {
    if (announcer == null) {
      return;
    }
    Optional<DurableFrame> durable =
        published.map(p -> new DurableFrame(p.logId(), p.epoch(), p.durableFrameNo()));
    try {
      if (durable.isPresent()
          && DeletedLog.isOver(io, stateDirectory, durable.get().logId(), durable.get().epoch())) {
        durable = Optional.empty();
      }
      Optional<LogPosition> stored = CapturedTarget.storedPosition(io, stateDirectory);
      if (stored.isPresent()) {
        LogPosition position = stored.get();
        DurableFrame known =
            new DurableFrame(position.logId(), position.epoch(), position.frameNo());
        durable = durable.filter(other -> other.isAfter(known)).or(() -> Optional.of(known));
      }
    } catch (IOException e) {
      LOG.warn("{}: what was published is not known from the state directory: {}", namespace, e, e);
    }
    announcer.watch(namespace, durable.filter(frame -> frame.frameNo() > 0));
  }

  /** Kafka has all of a segment, and of those before it. */
  void published(Publication publication) {
    if (announcer == null) {
      return;
    }
    Optional<PublishedSegment> segment = publication.published();
    if (segment.isPresent()) {
      announcer.published(segment.get());
    } else {
      announcer.publishedSomewhere(publication.namespace(), publication.end());
    }
  }

  /**
   * Retires all that is announced of a deleted namespace, of which nothing more is published.
   * Called until that is done.
   *
   * @return whether Kafka has it, or nothing is announced at all
   */
  boolean retireAll(Namespace namespace) {
    return announcer == null || announcer.retireAll(namespace);
  }

  /** Adds the announcements that are due. */
  void addDue(List<SourceRecord> batch) {
    if (announcer != null) {
      batch.addAll(announcer.due());
    }
  }

  /** What became of one; {@code written}: Kafka has it. */
  void committed(AnnouncementRecord announcement, boolean written) {
    announcer.committed(announcement, written);
  }

  /** Somebody asks for a snapshot; whether one will come. */
  boolean requestSnapshot(Namespace namespace) {
    return announcer == null
        ? requests.request(namespace)
        : announcer.ask(requests, namespace, () -> "somebody wants one");
  }

  /** Announcements that Kafka took since the task started. */
  long announcements() {
    return announcer == null ? 0 : announcer.announcements();
  }

  /** Why nothing is announced; empty if it is, or shall not be. */
  String problem() {
    return thread == null ? whyNot : thread.problem();
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.close();
    }
  }
}
