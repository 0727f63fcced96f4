package io.walcast.testing;

import io.walcast.registry.CheckpointTarget;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** A target whose position is not known before the test says so: a build in progress. */
public final class BlockingTarget implements CheckpointTarget {

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);

  /** Waits until the build is in progress. */
  public void awaitAsked() throws InterruptedException {
    asked.await();
  }

  /** An opening by another thread; it is in progress when this returns. */
  public CompletableFuture<SharedWal> beginToOpen(
      WalRegistry registry, Namespace namespace, OpenRequest request) throws InterruptedException {
    CompletableFuture<SharedWal> opening =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return registry.open(namespace, request);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    awaitAsked();
    return opening;
  }

  /** Lets the build go on. */
  public void answer() {
    answer.countDown();
  }

  @Override
  public Optional<LogPosition> position() throws IOException {
    asked.countDown();
    try {
      answer.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return Optional.empty();
  }

  @Override
  public void fold(List<SealedSegment> run) {
    // remembers nothing
  }

  @Override
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    throw new IOException("no page " + pageNo);
  }

  @Override
  public void force() {
    // nothing
  }

  @Override
  public void close() {
    // nothing
  }
}
