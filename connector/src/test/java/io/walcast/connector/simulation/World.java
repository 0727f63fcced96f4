package io.walcast.connector.simulation;

import io.walcast.connector.wire.InvalidFrameException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Everything there is in the simulation of one seed, and what may happen in it. One thread. */
final class World {

  private static final int SINKS = 3;
  private static final int ENDING_ROUNDS = 400;

  final Dice dice;
  final Clock clock = new Clock();
  final Broker broker;
  final SimulatedSource source;
  final Invariants invariants = new Invariants(this);
  private final List<SimulatedSink> sinks = new ArrayList<>();
  private final Consumer<String> trace; // null: nobody listens
  private final boolean careless; // retention deletes what is needed
  private boolean calm;
  private boolean nested;

  World(long seed, Path directory, Consumer<String> trace) {
    dice = new Dice(seed);
    this.trace = trace;
    careless = dice.oneIn(3);
    int partitions = 1 + dice.below(2);
    broker = new Broker(partitions);
    source = new SimulatedSource(broker, partitions, dice, clock);
    for (int i = 0; i < SINKS; i++) {
      sinks.add(new SimulatedSink(this, "sink-" + i, directory.resolve("sink-" + i)));
    }
  }

  void trace(String step) {
    if (trace != null) {
      trace.accept(clock.nanoTime() / 1_000_000 + " ms: " + (nested ? "  meanwhile " : "") + step);
    }
  }

  /** Lets something happen. */
  void step() throws InvalidFrameException {
    if (dice.oneIn(3)) {
      outside();
    } else {
      sink(dice.pick(sinks));
    }
    bury();
    sinks.forEach(invariants::check);
  }

  /** What happens while a task waits for a broker; says whether it answers. */
  boolean meanwhile(DiskLife life) {
    if (calm || nested) {
      return true;
    }
    nested = true;
    try {
      while (dice.oneIn(3)) {
        outside();
      }
      if (dice.oneIn(150)) {
        trace("the process that waits is killed");
        life.die();
      }
      return !dice.oneIn(60) && !life.isDead();
    } catch (InvalidFrameException e) {
      throw new IllegalStateException(e);
    } finally {
      nested = false;
    }
  }

  private void outside() throws InvalidFrameException {
    int step = dice.below(100);
    if (step < 20) {
      trace("commit");
      source.commit();
    } else if (step < 60) {
      live();
    } else if (step < 75) {
      clock.advanceMs(dice.below(1_500));
    } else if (step < 83) {
      retain();
    } else if (step < 88) {
      Partition announcements = broker.announcements();
      long lag = dice.below(20);
      announcements.compactBefore(announcements.end() - lag, dice.oneIn(2));
      trace("compaction but for " + lag);
    } else if (step < 90 && source.isAlive()) {
      trace("a snapshot is asked for");
      source.askForSnapshot();
    } else if (step < 92 && source.isAlive()) {
      trace("a database is deleted");
      source.deleteDatabase().ifPresent(invariants::deleted);
    } else if (step < 94) {
      trace("the source is killed");
      source.crash();
    }
  }

  private void live() throws InvalidFrameException {
    if (!source.isAlive()) {
      trace("the source starts again");
      source.restart();
    } else if (dice.oneIn(4)) {
      trace("announce");
      source.announce();
    } else {
      source.publish();
      trace("published, ends " + ends());
    }
    source.announceInTime();
  }

  private List<Long> ends() {
    return broker.framePartitions().stream().map(tp -> broker.at(tp).end()).toList();
  }

  private void retain() {
    int number = dice.below(broker.framePartitions().size());
    Partition partition = broker.frames(number);
    long wanted = partition.first() + dice.below((int) (partition.end() - partition.first()) + 1);
    long needed = source.neededFrom(number);
    long before = careless ? wanted : Math.min(wanted, needed);
    partition.deleteBefore(before);
    trace("partition " + number + " begins at " + partition.first());
  }

  private void sink(SimulatedSink sink) {
    if (!sink.isRunning()) {
      if (dice.oneIn(5)) {
        trace(sink.name() + " starts");
        sink.start();
      }
      return;
    }
    int step = dice.below(100);
    WorkerTask task = dice.pick(sink.tasks());
    if (step < 45) {
      task.poll();
      trace(sink.name() + " polls: " + task);
    } else if (step < 70) {
      fold(task);
    } else if (step < 85) {
      sync(task);
    } else if (step < 93) {
      trace(sink.name() + " commits");
      sink.commit(task);
    } else if (step < 95) {
      trace(sink.name() + " is rebalanced");
      sink.rebalance();
    } else if (step < 96) {
      trace(sink.name() + " stops");
      sink.stop();
    } else if (step < 97) {
      trace(sink.name() + " will be killed soon");
      sink.killSoon();
    } else if (step < 98) {
      kill(sink);
    }
  }

  private void fold(WorkerTask task) {
    if (task.task().mayFold()) {
      trace("fold");
      task.task().fold();
    }
  }

  private void sync(WorkerTask task) {
    if (task.task().maySync()) {
      trace("sync");
      task.task().sync();
    }
  }

  /** Notices the dead. */
  private void bury() {
    for (SimulatedSink sink : sinks) {
      if (sink.isDead()) {
        kill(sink);
      }
    }
  }

  private void kill(SimulatedSink sink) {
    boolean powerToo = dice.oneIn(3);
    trace(sink.name() + (powerToo ? " is killed by a power cut" : " is killed"));
    sink.kill(powerToo);
    if (powerToo) {
      invariants.powerCut(sink);
    }
  }

  /** Everything is published and announced, everybody lives, nothing fails. */
  void end() throws InvalidFrameException {
    calm = true;
    trace("the end begins");
    bury();
    source.finish(careless);
    for (SimulatedSink sink : sinks) {
      sink.healed();
      if (!sink.isRunning()) {
        sink.start();
      }
    }
    for (int round = 0; round < ENDING_ROUNDS; round++) {
      clock.advanceMs(dice.below(1_000));
      for (SimulatedSink sink : sinks) {
        for (WorkerTask task : sink.tasks()) {
          task.poll();
          fold(task);
          sync(task);
          sink.commit(task);
        }
        invariants.check(sink);
      }
      if (isDone()) {
        return;
      }
    }
    throw incomplete();
  }

  private boolean isDone() {
    return sinks.stream()
        .allMatch(
            sink ->
                sink.tasks().stream().allMatch(WorkerTask::isAtEnd)
                    && (sink.isAllCommitted() || sink.hasLostRecords())
                    && source.databases().stream().allMatch(db -> invariants.isComplete(sink, db)));
  }

  private AssertionError incomplete() {
    for (SimulatedSink sink : sinks) {
      for (Captured database : source.databases()) {
        if (!invariants.isComplete(sink, database)) {
          return invariants.failure(
              sink, database, "it is not brought up to " + database.newest() + " in the end;");
        }
      }
    }
    return new AssertionError("in the end of " + ends() + " is committed only " + sinks);
  }

  /** Frees what is shared with the next seed. */
  void close() {
    for (SimulatedSink sink : sinks) {
      if (sink.isRunning()) {
        sink.kill(false);
      }
    }
  }
}
