package io.walcast.connector.source;

import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for files by which somebody asks for a snapshot of a namespace: {@value #NAME} in its state
 * directory. The file is deleted when the snapshot has been taken, so a request survives a restart.
 *
 * <p>Looking has a thread of its own and takes at most a hundredth of its time. {@link #start} and
 * {@link #close} are for the owner's thread.
 */
final class SnapshotRequestFiles implements AutoCloseable {

  static final String NAME = ".snapshot-request";

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotRequestFiles.class);
  private static final long LEAST_REST_NS = 1_000_000_000L;
  private static final int REST_SHARE = 100;

  private final Io io;
  private final Path stateDirectory;
  private final Map<Namespace, Watch> watches;
  private final Predicate<Namespace> request;
  private final Map<Namespace, Long> asked = new HashMap<>(); // snapshots taken before
  private final Thread thread;

  /**
   * Looks for nothing yet.
   *
   * @param watches the databases that are captured; safe to be read by this thread
   * @param request asks for a snapshot; whether one will come
   */
  SnapshotRequestFiles(
      String threadName,
      Io io,
      Path stateDirectory,
      Map<Namespace, Watch> watches,
      Predicate<Namespace> request) {
    this.io = io;
    this.stateDirectory = stateDirectory;
    this.watches = watches;
    this.request = request;
    thread = new Thread(this::run, threadName);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try {
      while (true) {
        long startNs = System.nanoTime();
        watches.forEach(this::look);
        long tookNs = System.nanoTime() - startNs;
        TimeUnit.NANOSECONDS.sleep(Math.max(LEAST_REST_NS, REST_SHARE * tookNs));
      }
    } catch (InterruptedException e) {
      LOG.debug("{} ends", Thread.currentThread().getName());
    }
  }

  private void look(Namespace namespace, Watch watch) {
    Path file = stateDirectory.resolve(namespace.name()).resolve(NAME);
    try {
      Long before = asked.get(namespace);
      if (!io.exists(file)) {
        asked.remove(namespace);
      } else if (before == null) {
        long taken = watch.status().snapshots(); // first: it may come at once
        if (request.test(namespace)) {
          LOG.info("{}: {} asks for a snapshot", namespace, file);
          asked.put(namespace, taken);
        }
      } else if (watch.status().snapshots() > before) {
        io.delete(file);
        asked.remove(namespace);
      }
    } catch (IOException e) {
      LOG.warn("{}: {} is of no use: {}", namespace, file, e.toString());
    }
  }
}
