package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.client.KafkaClients;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All of announcing that asks Kafka and so may take its time: makes the topic, learns what is in
 * it, finds what an earlier task published and did not announce, asks for snapshots. While Kafka is
 * away it tries again; publishing does not wait for it.
 *
 * <p>{@link #start} and {@link #close} are for the owner's thread, {@link #problem} for any.
 */
public final class AnnouncerThread implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AnnouncerThread.class);
  private static final long RETRY_MS = 5_000;
  private static final long MOST_PASS_MS = 1_000;
  private static final long RETIRE_INTERVAL_NS = 10_000_000_000L;

  private final Announcer announcer;
  private final KafkaClients clients;
  private final String clientId;
  private final Predicate<Namespace> own;
  private final SnapshotRequests requests;
  private final boolean prunes;
  private final long passMs;
  private final AnnouncementTopic topic;
  private final Thread thread;
  private Map<Namespace, MissingRuns.Gap> gaps = Map.of();
  private volatile String problem = "the topic of announcements has not been read yet";
  private Pruner pruner; // null: not needed yet
  private String pruneProblem = "";
  private long pruneAtNs = System.nanoTime();
  private long retireAtNs = System.nanoTime();
  private volatile boolean closed;

  /**
   * Starts nothing yet.
   *
   * @param clientId also the thread's name
   * @param own the namespaces that this task may have
   * @param prunes whether it is this task that deletes records, if any does
   */
  public AnnouncerThread(
      Announcer announcer,
      KafkaClients clients,
      String clientId,
      Predicate<Namespace> own,
      SnapshotRequests requests,
      boolean prunes) {
    this.announcer = announcer;
    this.clients = clients;
    this.clientId = clientId;
    this.own = own;
    this.requests = requests;
    this.prunes = prunes;
    topic = new AnnouncementTopic(announcer.options().announcements(), clients, clientId);
    long pruneMs = announcer.options().pruneInterval().toMillis();
    passMs = announcer.options().prune() ? Math.min(MOST_PASS_MS, pruneMs) : MOST_PASS_MS;
    thread = new Thread(this::run, clientId);
    thread.setDaemon(true);
    thread.setContextClassLoader(AnnouncerThread.class.getClassLoader()); // for the clients
  }

  /** Begins. */
  public void start() {
    thread.start();
  }

  /** Why nothing is announced at present; empty if nothing is wrong. */
  public String problem() {
    return problem;
  }

  /** Ends soon; what is not announced the next task finds. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    try {
      untilDone("announcements", this::learn);
      problem = "";
      while (!closed) {
        announcer.awaitArrivals(passMs);
        gaps = announcer.begin();
        if (!gaps.isEmpty()) {
          untilDone("what is not announced", this::repair);
        }
        announcer.askForSnapshots(requests);
        if (System.nanoTime() - retireAtNs >= 0) {
          announcer.retire();
          retireAtNs = System.nanoTime() + RETIRE_INTERVAL_NS;
        }
        pruneIfDue();
      }
    } catch (InterruptedException | InterruptException e) {
      LOG.debug("{} ends", clientId, e);
    } catch (RuntimeException e) { // a bug; replication goes on without announcements
      LOG.error("Announcing ended; nothing more is announced until the task restarts", e);
      problem = "ended: " + e;
    } finally {
      closePruner();
    }
  }

  private void askForOwn(List<Namespace> namespaces, String why) {
    namespaces.stream().filter(own).forEach(each -> announcer.ask(requests, each, () -> why));
  }

  private void closePruner() {
    if (pruner != null) {
      Thread.interrupted(); // or a client does not close in good order
      pruner.close();
    }
  }

  private void pruneIfDue() throws InterruptedException {
    if (!announcer.options().prune() || System.nanoTime() - pruneAtNs < 0) {
      return;
    }
    pruneAtNs = System.nanoTime() + announcer.options().pruneInterval().toNanos();
    try {
      if (pruner == null) {
        pruner = new Pruner(announcer.options(), clients, clientId);
      }
      pruner.look();
      if (prunes) {
        pruner.prune(announcer.unannounced());
      }
      askForOwn(pruner.pinning(), "its last one keeps many records of others");
      askForOwn(pruner.broken(), "records of its last one are gone");
      pruneProblem = "";
    } catch (IOException e) {
      if (e.getCause() instanceof InterruptException) {
        throw new InterruptedException(e.getMessage());
      }
      if (!pruneProblem.equals(e.getMessage())) {
        LOG.warn("Pruning failed and is tried again: {}", e.getMessage());
        pruneProblem = String.valueOf(e.getMessage());
      }
    }
  }

  private interface Attempt {
    void run() throws IOException, InterruptedException;
  }

  private void untilDone(String what, Attempt attempt) throws InterruptedException {
    while (!closed) {
      try {
        attempt.run();
        if (!problem.isEmpty()) {
          LOG.info("Reading {} from Kafka is done", what);
          problem = "";
        }
        return;
      } catch (IOException e) {
        if (e.getCause() instanceof InterruptException) {
          throw new InterruptedException(e.getMessage());
        }
        if (!String.valueOf(e.getMessage()).equals(problem)) {
          LOG.warn(
              "Nothing is announced for now, while frames are published as ever. Tried again every"
                  + " {} s: {}",
              RETRY_MS / 1_000,
              e.getMessage());
          problem = String.valueOf(e.getMessage());
        }
        Thread.sleep(RETRY_MS);
      }
    }
  }

  private void learn() throws IOException, InterruptedException {
    topic.ensure();
    topic.read(
        new AnnouncementReading.Reader() {
          @Override
          public void announced(Announcement run) {
            if (own.test(run.namespace())) {
              announcer.know(run);
            }
          }

          @Override
          public void retired(AnnouncementKey key) {
            if (own.test(key.namespace())) {
              announcer.knowRetired(key);
            }
          }
        });
  }

  private void repair() throws IOException {
    long startNs = System.nanoTime();
    try (FrameTopic frames =
        new FrameTopic(clients.openConsumer(clientId + "-frames"), announcer.options().topic())) {
      Set<Namespace> lost = new MissingRuns(frames, gaps, announcer::found).find();
      LOG.info(
          "Looked in {} for what {} namespaces had published and not announced: {} ms, {} of them"
              + " need a snapshot{}",
          announcer.options().topic(),
          gaps.size(),
          Duration.ofNanos(System.nanoTime() - startNs).toMillis(),
          lost.size(),
          lost.isEmpty() ? "" : ": " + lost);
      gaps.forEach((namespace, gap) -> announcer.ready(namespace, gap, lost.contains(namespace)));
    } catch (IOException e) {
      if (e.getCause() instanceof RetriableException
          || e.getCause() instanceof InterruptException) {
        throw e; // what was found already is known when it is found again
      }
      LOG.warn("What was published and not announced cannot be read: {}", e.getMessage());
      gaps.forEach((namespace, gap) -> announcer.ready(namespace, gap, true));
    }
    gaps = Map.of();
  }
}
