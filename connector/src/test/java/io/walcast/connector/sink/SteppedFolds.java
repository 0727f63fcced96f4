package io.walcast.connector.sink;

import io.walcast.registry.Checkpointable;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;

/** Folds that are done when a simulation says so, or when the task waits for them. One thread. */
final class SteppedFolds implements FoldRunner, FoldSignal {

  private final Set<Namespace> due = new LinkedHashSet<>();
  private final IntUnaryOperator dice;
  private Function<Namespace, Optional<? extends Checkpointable>> logs;
  private boolean stopped;

  /**
   * Folds nothing by itself.
   *
   * @param dice gives a number from 0 to below its argument
   */
  SteppedFolds(IntUnaryOperator dice) {
    this.dice = dice;
  }

  @Override
  public void start(Function<Namespace, Optional<? extends Checkpointable>> of) {
    logs = of;
  }

  @Override
  public void checkpointDue(Namespace namespace) {
    due.add(namespace);
  }

  @Override
  public void shutdown() {
    stopped = true;
  }

  boolean isAnyDue() {
    return !stopped && !due.isEmpty();
  }

  /** Folds something. */
  void step() {
    List<Namespace> all = new ArrayList<>(due);
    Namespace namespace = all.get(dice.applyAsInt(all.size()));
    due.remove(namespace);
    Optional<? extends Checkpointable> log = logs.apply(namespace);
    if (log.isEmpty()) {
      return;
    }
    try {
      if (log.get().checkpoint()) {
        due.add(namespace);
      }
    } catch (IOException e) {
      due.add(namespace);
      log.get().checkpointFailed(e);
    }
  }

  @Override
  public void raise() {
    // whoever waits looks again after each step
  }

  /** The time is over whenever the dice say so. */
  @Override
  public boolean await(BooleanSupplier condition, long timeoutMs) {
    while (!condition.getAsBoolean()) {
      if (!isAnyDue() || dice.applyAsInt(4) == 0) {
        return false;
      }
      step();
    }
    return true;
  }
}
