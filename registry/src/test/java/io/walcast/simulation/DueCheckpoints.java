package io.walcast.simulation;

import io.walcast.registry.CheckpointNotifier;
import io.walcast.segment.Namespace;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Remembers who is to be checkpointed. Nobody else looks for work: a lost notice is seen. */
final class DueCheckpoints implements CheckpointNotifier {

  private final World world;
  private final Set<Namespace> due = new LinkedHashSet<>();

  DueCheckpoints(World world) {
    this.world = world;
  }

  @Override
  public void checkpointDue(Namespace namespace) {
    if (!world.scheduler.isQuiet()) {
      due.add(namespace);
    }
  }

  @Override
  public void shutdown() {
    due.clear();
  }

  void clear() {
    due.clear();
  }

  boolean contains(Namespace namespace) {
    return due.contains(namespace);
  }

  void taken(Namespace namespace) {
    due.remove(namespace);
  }

  List<Namespace> all() {
    return new ArrayList<>(due);
  }
}
