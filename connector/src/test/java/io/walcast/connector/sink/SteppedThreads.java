package io.walcast.connector.sink;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;

/** Work that is done when a simulation says so, or when somebody waits for it. For one thread. */
final class SteppedThreads extends AbstractExecutorService {

  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private boolean stopped;

  boolean isAnyWaiting() {
    return !waiting.isEmpty();
  }

  /** Does what has waited longest. */
  void step() {
    waiting.remove().run();
  }

  @Override
  public void execute(Runnable command) {
    waiting.add(command);
  }

  @Override
  protected <T> RunnableFuture<T> newTaskFor(Callable<T> callable) {
    return new Work<>(callable);
  }

  @Override
  protected <T> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
    return new Work<>(
        () -> {
          runnable.run();
          return value;
        });
  }

  /** Whoever waits for it has it done. */
  private final class Work<T> extends FutureTask<T> {

    Work(Callable<T> callable) {
      super(callable);
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
      if (waiting.remove(this)) {
        run();
      }
      return super.get();
    }
  }

  @Override
  public void shutdown() {
    stopped = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutdown();
    List<Runnable> left = List.copyOf(waiting);
    waiting.clear();
    return left;
  }

  @Override
  public boolean isShutdown() {
    return stopped;
  }

  @Override
  public boolean isTerminated() {
    return stopped && waiting.isEmpty();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return isTerminated();
  }
}
