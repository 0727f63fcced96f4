package io.walcast.connector.simulation;

import io.walcast.connector.wire.InvalidFrameException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A source connector with a task for some databases, of which it sends records, a few at a time,
 * and announces segments. When it dies, what was not announced is announced by the next. For one
 * thread.
 */
final class SimulatedSource {

  /** Announcements come earlier, while the source lives: sinks count on it. */
  private static final long LATEST_MS = 5_000;

  private final Broker broker;
  private final Dice dice;
  private final Clock clock;
  private final List<Captured> databases = new ArrayList<>();
  private final Map<Captured, ModelAnnouncer> announcers = new HashMap<>();
  private boolean alive = true;

  SimulatedSource(Broker broker, int partitions, Dice dice, Clock clock) {
    this.broker = broker;
    this.dice = dice;
    this.clock = clock;
    for (String name : new String[] {"a", "b", "sub/c"}) {
      Captured database = new Captured(name, dice.below(partitions), dice, clock);
      databases.add(database);
      announcers.put(
          database,
          new ModelAnnouncer(database.namespace, database.partition, broker, clock, dice));
    }
  }

  List<Captured> databases() {
    return databases;
  }

  boolean isAlive() {
    return alive;
  }

  /** Something that the applications do; the source need not live. */
  void commit() {
    Captured database = dice.pick(databases);
    if (!database.isDeleted()) {
      database.commit();
    } else if (alive && dice.oneIn(3)) {
      database.beBorn();
    }
  }

  /** Seals or sends something. */
  void publish() throws InvalidFrameException {
    Captured database = dice.pick(databases);
    if (database.maySeal() && (!database.isSending() || dice.oneIn(3))) {
      database.seal();
    }
    send(database, 1 + dice.below(12));
  }

  private void send(Captured database, int most) throws InvalidFrameException {
    for (int n = 0; n < most && database.isSending(); n++) {
      long sealedAtMs = database.sealedAtMs();
      byte[] record = database.next();
      long offset = append(database, sealedAtMs, record);
      announcers.get(database).published(offset, sealedAtMs, record);
      if (dice.oneIn(50)) {
        append(database, sealedAtMs, record); // a producer that retried
      }
    }
  }

  private long append(Captured database, long timestampMs, byte[] value) {
    Partition partition = broker.frames(database.partition);
    return partition.append(timestampMs, database.namespace.name(), value);
  }

  ModelAnnouncer announcerOf(Captured database) {
    return announcers.get(database);
  }

  /** The first offset of a partition that somebody needs who knows nothing yet. */
  long neededFrom(int partition) {
    return databases.stream()
        .filter(database -> database.partition == partition && !database.isDeleted())
        .mapToLong(database -> announcers.get(database).newestSnapshotOffset())
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Announces what waits of something. */
  void announce() {
    announce(dice.pick(databases));
  }

  /** Announces what has waited for long. */
  void announceInTime() {
    for (Captured database : databases) {
      if (announcers.get(database).waitingMs() > LATEST_MS) {
        announce(database);
      }
    }
  }

  private void announce(Captured database) {
    if (!announcers.get(database).announce()) {
      database.askForSnapshot();
    }
  }

  void askForSnapshot() {
    dice.pick(databases).askForSnapshot();
  }

  /** The application deletes a database, and the source says so. */
  Optional<Captured> deleteDatabase() {
    Captured database = dice.pick(databases);
    if (database.isDeleted()) {
      return Optional.empty();
    }
    database.delete();
    append(database, clock.nowMs(), null);
    announcers.get(database).deleted();
    return Optional.of(database);
  }

  void crash() {
    alive = false;
  }

  /** What was found to be unannounced is announced before anything else. */
  void restart() {
    alive = true;
    for (Captured database : databases) {
      database.restart();
      announcers.get(database).restarted();
      announce(database);
    }
  }

  /** Publishes and announces all there is, if need be with a snapshot. */
  void finish(boolean withSnapshots) throws InvalidFrameException {
    if (!alive) {
      restart();
    }
    for (Captured database : databases) {
      publishAll(database);
      if (withSnapshots && !database.isDeleted()) {
        database.askForSnapshot();
        publishAll(database);
      }
      announce(database);
    }
  }

  private void publishAll(Captured database) throws InvalidFrameException {
    do {
      send(database, Integer.MAX_VALUE);
      if (database.maySeal()) {
        database.seal();
      }
    } while (database.isSending());
  }
}
