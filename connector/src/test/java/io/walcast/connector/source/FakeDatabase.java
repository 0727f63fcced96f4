package io.walcast.connector.source;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** A database that counts the looks at it, and fails as it is told. */
final class FakeDatabase implements WatchedDatabase {

  final Namespace namespace;
  final Path path;
  final Semaphore looks = new Semaphore(0);
  final Semaphore closed = new Semaphore(0);
  final Set<String> threads = ConcurrentHashMap.newKeySet();
  volatile Exception failure;
  volatile Error error;
  volatile IOException closeFailure;
  volatile RuntimeException closeBug;
  volatile boolean busy;
  volatile long commits = 3;
  volatile boolean resting;
  final Semaphore asked = new Semaphore(0);

  FakeDatabase(Namespace namespace, Path path) {
    this.namespace = namespace;
    this.path = path;
  }

  /** Waits for looks, those that were before included. */
  void awaitLooks(int count) throws InterruptedException {
    assertThat(looks.tryAcquire(count, 20, SECONDS)).as("looks at " + path).isTrue();
  }

  /** Waits for a look that begins from now on to have ended. */
  void awaitFreshLook() throws InterruptedException {
    looks.drainPermits();
    awaitLooks(2);
  }

  @Override
  public boolean poll() throws IOException {
    threads.add(Thread.currentThread().getName());
    looks.release();
    if (error != null) {
      throw error;
    }
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    return busy;
  }

  @Override
  public boolean isResting() {
    return resting;
  }

  @Override
  public void lookSoon() {
    asked.release();
  }

  @Override
  public void requestSnapshot() {
    // nobody asks
  }

  @Override
  public DatabaseStatus status() {
    return new DatabaseStatus("ATTACHED", "", false, 7, commits, 1, 0, Map.of());
  }

  @Override
  public long durableFrameNo() {
    return 5;
  }

  @Override
  public void close() throws IOException {
    threads.add(Thread.currentThread().getName());
    closed.release();
    if (closeBug != null) {
      throw closeBug;
    }
    if (closeFailure != null) {
      throw closeFailure;
    }
  }
}
