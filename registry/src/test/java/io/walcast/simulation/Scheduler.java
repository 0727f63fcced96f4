package io.walcast.simulation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides what happens next. It is asked between steps, and inside every call of the disk: there it
 * may let other steps run before the call goes on, as if other threads had been faster. Everything
 * happens in one thread at a time, so a seed always does the same.
 */
final class Scheduler {

  private static final int MAX_DEPTH = 3;
  private static final int MAX_NESTED = 12; // in one step, at all depths together

  private final World world;
  private final List<Step> steps = new ArrayList<>();
  private int depth;
  private int nestedLeft;
  private boolean quiet;
  private SimulationFailure failure; // also of threads whose death nobody would notice

  Scheduler(World world) {
    this.world = world;
  }

  void add(List<Step> more) {
    steps.addAll(more);
  }

  /** One step, whatever the dice say. */
  void step() throws IOException {
    nestedLeft = MAX_NESTED;
    runOne();
    rethrow();
    world.settle();
  }

  /** Perhaps other steps, inside a call that is running. */
  void interlude() {
    if (quiet || depth == 0 || depth > MAX_DEPTH || world.io().isDead() || world.isCalm()) {
      return;
    }
    while (nestedLeft > 0 && world.dice.perMille(world.weather.yieldPerMille())) {
      nestedLeft--;
      runOne();
      if (world.io().isDead()) {
        return;
      }
    }
  }

  /** Lets something run without anything happening inside it. */
  void quietly(IoCall call) throws IOException {
    boolean before = quiet;
    quiet = true;
    try {
      call.run();
    } finally {
      quiet = before;
    }
  }

  /** Whether the step to be chosen is not inside another one. */
  boolean isTop() {
    return depth == 0;
  }

  boolean isQuiet() {
    return quiet;
  }

  /** Fails if anything has failed so far, in whatever thread. */
  void rethrow() {
    if (failure != null) {
      throw failure;
    }
  }

  private void runOne() {
    Step step = choose();
    if (step == null) {
      return;
    }
    world.trace.note(step::name);
    world.dice.note(step.name().hashCode());
    world.trace.enter();
    depth++;
    try {
      step.action().run();
      if (!world.io().isDead()) {
        world.invariants.checkAll(depth == 1);
      }
    } catch (IOException e) {
      failed(new SimulationFailure(step.name() + " failed", e));
    } catch (SimulationFailure e) {
      failed(e);
    } catch (RuntimeException e) {
      failed(new SimulationFailure(step.name() + " failed", e));
    } finally {
      depth--;
      world.trace.leave();
    }
  }

  private void failed(SimulationFailure what) {
    failure = failure == null ? what : failure;
    throw failure;
  }

  private Step choose() {
    List<Step> possible = new ArrayList<>();
    int sum = 0;
    for (Step step : steps) {
      int weight = world.weather.weight(step.kind());
      if (weight > 0 && step.isPossible().getAsBoolean()) {
        possible.add(step);
        sum += weight;
      }
    }
    if (sum == 0) {
      return null;
    }
    int thrown = world.dice.below(sum);
    for (Step step : possible) {
      thrown -= world.weather.weight(step.kind());
      if (thrown < 0) {
        return step;
      }
    }
    throw new IllegalStateException("the dice fell off the table");
  }
}
