package io.walcast.connector.simulation;

import io.walcast.connector.client.ConsumerSource;
import io.walcast.connector.sink.ReplicaView;
import io.walcast.connector.sink.SimulatedTask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A sink connector in a process of its own: its directory, what its group has committed, and, while
 * it runs, its tasks, which share the partitions. For one thread.
 */
final class SimulatedSink {

  private final World world;
  private final String name;
  private final Path directory;
  private final Map<String, String> properties;
  final boolean deletes;
  final Disk disk;
  private final Map<TopicPartition, Long> committed = new HashMap<>();
  private final List<WorkerTask> tasks = new ArrayList<>(); // none: it does not run
  private DiskLife life;
  private boolean lost;

  SimulatedSink(World world, String name, Path directory) {
    Dice dice = world.dice;
    this.world = world;
    this.name = name;
    this.directory = directory;
    this.disk = new Disk(dice, world.clock);
    this.deletes = dice.oneIn(2);
    properties = new HashMap<>();
    properties.put("name", name);
    properties.put("replicas.directory", directory.toString());
    properties.put("replicas.protect", "false");
    properties.put("delete.enabled", Boolean.toString(deletes));
    properties.put("sync.enabled", Boolean.toString(!dice.oneIn(5)));
    properties.put("sync.min.bytes", dice.oneIn(3) ? "20000" : "0");
    properties.put("wal.checkpoint.frames", Integer.toString(1 + dice.below(30)));
    properties.put("buffer.max.bytes", dice.oneIn(3) ? "4000" : "1000000");
    properties.put("buffer.memory.bytes", dice.oneIn(2) ? "0" : "1000000");
  }

  boolean isRunning() {
    return !tasks.isEmpty();
  }

  /** Whether it was killed, and nobody has noticed. */
  boolean isDead() {
    return isRunning() && life.isDead();
  }

  List<WorkerTask> tasks() {
    return tasks;
  }

  Path database(Captured of) {
    return directory.resolve(of.namespace.name() + ".db");
  }

  String name() {
    return name;
  }

  /** What its task says about a replica. */
  Optional<? extends ReplicaView> status(Captured of) {
    return tasks.stream()
        .flatMap(task -> task.task().replicas().stream())
        .filter(replica -> replica.getNamespace().equals(of.namespace.name()))
        .findFirst();
  }

  /** Whether a task has got all of a partition from an offset on. */
  boolean hasAllFrom(TopicPartition partition, long offset) {
    return tasks.stream().anyMatch(task -> task.hasAllFrom(partition, offset));
  }

  /** Whether retention has taken something that was still to be read. */
  boolean hasLostRecords() {
    lost |= tasks.stream().anyMatch(WorkerTask::hasLostRecords);
    return lost;
  }

  /** The offset that was committed of a partition; 0: none. */
  long committed(TopicPartition partition) {
    return committed.getOrDefault(partition, 0L);
  }

  void start() {
    life = disk.newLife();
    int count = 1 + world.dice.below(2);
    for (int i = 0; i < count; i++) {
      Map<String, String> own = new HashMap<>(properties);
      own.put("walcast.task", Integer.toString(i));
      SimulatedTask task = new SimulatedTask(own, life, consumers(), world.dice::below);
      tasks.add(new WorkerTask(task, world.broker, world.dice));
    }
    assign();
  }

  private ConsumerSource consumers() {
    return new ConsumerSource() {
      @Override
      public Optional<String> problem() {
        return Optional.empty();
      }

      @Override
      public Consumer<byte[], byte[]> openConsumer(String clientId) {
        return new SimulatedConsumer(world.broker, world.dice, () -> world.meanwhile(life));
      }
    };
  }

  private void assign() {
    Map<WorkerTask, List<TopicPartition>> shares = new HashMap<>();
    for (TopicPartition partition : world.broker.framePartitions()) {
      shares.computeIfAbsent(world.dice.pick(tasks), t -> new ArrayList<>()).add(partition);
    }
    for (WorkerTask task : tasks) {
      task.open(shares.getOrDefault(task, List.of()), this::committed);
    }
  }

  /** All partitions are taken from the tasks and given out anew. */
  void rebalance() {
    closePartitions();
    assign();
  }

  private void closePartitions() {
    for (WorkerTask task : tasks) {
      if (!world.dice.oneIn(4)) {
        commit(task);
      }
      task.close();
    }
  }

  /** Commits what a task says may be; that may not arrive. */
  void commit(WorkerTask task) {
    Map<TopicPartition, OffsetAndMetadata> safe = task.preCommit();
    if (!life.isDead() && !world.dice.oneIn(6)) {
      safe.forEach((partition, offset) -> committed.put(partition, offset.offset()));
      world.invariants.committed(this, safe);
    }
  }

  /** Stops it in order. */
  void stop() {
    closePartitions();
    end();
  }

  /** Kills it, perhaps with the machine. */
  void kill(boolean powerToo) {
    life.die();
    tasks.forEach(WorkerTask::close); // which does nothing but to free what this JVM shares
    end();
    if (powerToo) {
      disk.cutPower();
    }
  }

  /** Lets it be killed in the middle of something that it is going to do. */
  void killSoon() {
    life.dieAfter(1 + world.dice.below(30));
  }

  /** Nothing happens to it any more. */
  void healed() {
    if (life != null) {
      life.dieAfter(Long.MAX_VALUE);
    }
  }

  /** Whether its group has committed all there is. */
  boolean isAllCommitted() {
    return world.broker.framePartitions().stream()
        .allMatch(partition -> committed(partition) == world.broker.at(partition).end());
  }

  @Override
  public String toString() {
    return name + " " + committed + " " + tasks;
  }

  private void end() {
    hasLostRecords(); // or it would be forgotten with the tasks
    tasks.forEach(task -> task.task().stop());
    tasks.clear();
  }
}
