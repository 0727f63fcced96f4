package io.walcast.connector.source;

import io.walcast.capture.DeletedLog;
import io.walcast.capture.Remains;
import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A captured database whose file is gone for good. Each step is taken when the one before is done;
 * a restart begins again with the first, and whoever gets a deletion twice ignores the second.
 *
 * <pre>
 * step        does                                             until
 * STORING     gives Kafka what it does not have yet            it has all
 * STOPPED     nothing; with stop, or if nothing was captured   a file is found at the path
 * FORGETTING  with publish: forgets log and page hashes,       –
 *             durably, but for the fact that they were there
 * RETIRING    retires what is announced                        Kafka has that
 * PUBLISHING  publishes the deletion                           Kafka has it
 * OVER        nothing is left
 * </pre>
 *
 * <p>From FORGETTING on, a database that is created at the path waits for the end.
 */
final class GoneDatabase implements WatchedDatabase {

  private static final Logger LOG = LoggerFactory.getLogger(GoneDatabase.class);

  /** What the deletion is published through. */
  interface Outlet {
    /** Whether nothing is announced any more; to be called until that is so. Does not block. */
    boolean retireAnnouncements(Namespace namespace);

    /** Publishes the deletion; what comes back is acknowledged later. Does not block. */
    DeletionSourceRecord publishDeletion(Namespace namespace, DeletedLog log);
  }

  private enum Step {
    STORING,
    STOPPED,
    FORGETTING,
    RETIRING,
    PUBLISHING,
    OVER
  }

  private final Namespace namespace;
  private final Path database;
  private final DeletionPolicy policy;
  private final Remains remains;
  private final DatabaseHomes homes;
  private final Outlet outlet;
  private final Io io;
  private DeletedLog log;
  private DeletionSourceRecord deletion;
  private volatile Step step = Step.STORING;

  GoneDatabase(
      Namespace namespace,
      Path database,
      DeletionPolicy policy,
      Remains remains,
      DatabaseHomes homes,
      Outlet outlet,
      Io io) {
    this.namespace = namespace;
    this.database = database;
    this.policy = policy;
    this.remains = remains;
    this.homes = homes;
    this.outlet = outlet;
    this.io = io;
  }

  @Override
  public boolean poll() throws IOException {
    switch (step) {
      case STORING -> store();
      case FORGETTING -> forget();
      case RETIRING -> retire();
      case PUBLISHING -> awaitAcknowledgement();
      case STOPPED, OVER -> {}
    }
    return false;
  }

  private void store() throws IOException {
    if (!remains.areStored()) {
      return;
    }
    if (policy == DeletionPolicy.STOP || !remains.areOfALog()) {
      remains.close();
      step = Step.STOPPED;
      LOG.warn(
          "{}: {} was deleted: its capture has stopped, everything captured is in Kafka; replicas"
              + " keep it ({}={})",
          namespace,
          database,
          WalSourceConfig.DATABASE_DELETED,
          policy);
    } else if (io.identity(database) == null && homes.doubt(namespace, database).isEmpty()) {
      step = Step.FORGETTING; // else the next scan finds it
      LOG.warn("{}: {} was deleted: its deletion is published", namespace, database);
    }
  }

  private void forget() throws IOException {
    log = remains.forget();
    remains.close();
    step = Step.RETIRING;
  }

  private void retire() {
    if (outlet.retireAnnouncements(namespace)) {
      deletion = outlet.publishDeletion(namespace, log);
      step = Step.PUBLISHING;
    }
  }

  private void awaitAcknowledgement() throws IOException {
    if (deletion.isAcknowledged()) {
      homes.forget(namespace); // so that no later task finds that it is gone
      step = Step.OVER;
      LOG.info("{}: Kafka has the deletion", namespace);
    }
  }

  @Override
  public Presence presence() {
    return switch (step) {
      case STORING, STOPPED -> Presence.GONE;
      case FORGETTING, RETIRING, PUBLISHING -> Presence.LEAVING;
      case OVER -> Presence.OVER;
    };
  }

  @Override
  public boolean isResting() {
    return step == Step.STOPPED;
  }

  @Override
  public void lookSoon() {
    // a file that comes to its path is found by a scan
  }

  @Override
  public void requestSnapshot() {
    // there is nothing to take it of
  }

  @Override
  public DatabaseStatus status() {
    String reason =
        switch (step) {
          case STORING -> "the file is gone; what was captured is being published";
          case STOPPED -> "the file is gone; its capture has stopped";
          case FORGETTING, RETIRING, PUBLISHING, OVER ->
              "the file is gone; its deletion is being published";
        };
    return new DatabaseStatus("DELETED", reason, false, 0, 0, 0, 0, Map.of());
  }

  @Override
  public long durableFrameNo() {
    return 0;
  }

  @Override
  public void close() throws IOException {
    remains.close();
  }
}
