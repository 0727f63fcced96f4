package io.walcast.benchmarks;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.CheckpointNotifier;
import io.walcast.registry.CheckpointTarget;
import io.walcast.registry.LogStart;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import io.walcast.storage.NoStorage;
import io.walcast.transaction.WriteTransaction;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;

/**
 * A registry whose segments are durable at once and checkpointed by hand. Nothing is synced: what a
 * disk takes for a sync says nothing of this code.
 */
final class Logs implements Closeable {

  /** Pages of each database. */
  static final int SIZE_PAGES = 100_000;

  private static final CheckpointNotifier NOBODY =
      new CheckpointNotifier() {
        @Override
        public void checkpointDue(Namespace namespace) {
          // the benchmark checkpoints
        }

        @Override
        public void shutdown() {
          // nothing runs
        }
      };

  final Io io = new StandardIo();
  private final Scratch scratch;
  private final WalRegistry registry =
      new WalRegistry(
          io, new NoStorage(), NOBODY, RegistryOptions.defaults().withSyncOnSeal(false));

  Logs(Scratch scratch) {
    this.scratch = scratch;
  }

  SharedWal open(String name, CheckpointTarget target) throws IOException {
    OpenRequest request =
        new OpenRequest(
            scratch.resolve(name),
            target,
            Scratch.PAGE_SIZE,
            1,
            Optional.of(new LogStart(new UUID(1, 2), 1, 0)),
            Long.MAX_VALUE,
            0,
            CheckpointListener.NONE);
    return registry.open(new Namespace(name), request);
  }

  /** Commits one transaction of the pages {@code first}, {@code first + step}, … */
  static void commit(SharedWal wal, ByteBuffer[] pages, int first, int step, int count)
      throws IOException {
    commit(wal, pages, first, step, count, SIZE_PAGES);
  }

  /** The same to a database of another size, in pages. */
  static void commit(
      SharedWal wal, ByteBuffer[] pages, int first, int step, int count, int sizePages)
      throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      for (int i = 0; i < count; i++) {
        transaction.insert(first + i * step, pages[i % pages.length].rewind());
      }
      transaction.commit(sizePages);
    }
  }

  /** Commits a whole database, whose first page is as SQLite would have it. */
  static void commitDatabase(SharedWal wal, ByteBuffer[] pages, int sizePages) throws IOException {
    commit(wal, pages, 1, 1, sizePages, sizePages);
  }

  /** Empties a log. */
  static void foldAway(SharedWal wal) throws IOException {
    wal.swap();
    boolean more = true;
    while (more) {
      more = wal.checkpoint();
    }
  }

  /** Closes the log as a kill would: nothing is sealed. */
  void leave(SharedWal wal) throws IOException {
    registry.remove(wal.namespace());
  }

  @Override
  public void close() throws IOException {
    for (Namespace namespace : registry.namespaces()) {
      registry.remove(namespace);
    }
  }
}
