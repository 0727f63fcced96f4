package io.walcast.testing;

import io.walcast.io.Io;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.CheckpointNotifier;
import io.walcast.registry.CheckpointTarget;
import io.walcast.registry.LogStart;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import io.walcast.storage.SegmentStorage;
import io.walcast.transaction.ReadTransaction;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** A registry without a checkpointer: tests checkpoint by hand. */
public final class RegistryFixture {

  public static final int PAGE_SIZE = 512;
  public static final Namespace NAMESPACE = new Namespace("tenants/a");
  public static final UUID LOG = new UUID(1, 2);

  /** Takes no notice. */
  public static final CheckpointNotifier UNNOTIFIED =
      new CheckpointNotifier() {
        @Override
        public void checkpointDue(Namespace namespace) {
          // the test looks itself
        }

        @Override
        public void shutdown() {
          // nothing runs
        }
      };

  private final Path directory;

  public RegistryFixture(Path directory) {
    this.directory = directory;
  }

  /** Where the segments of a namespace are. */
  public Path segments(Namespace namespace) {
    return directory.resolve(namespace.name()).resolve("wal");
  }

  public static WalRegistry registry(Io io, SegmentStorage storage) {
    return new WalRegistry(io, storage, UNNOTIFIED, RegistryOptions.defaults());
  }

  /** A log that begins at frame 1 of an empty database, or goes on. */
  public OpenRequest request(Namespace namespace, CheckpointTarget target) {
    return request(namespace, target, PAGE_SIZE, CheckpointListener.NONE);
  }

  /** As {@link #request(Namespace, CheckpointTarget)}, with other pages, or told of checkpoints. */
  public OpenRequest request(
      Namespace namespace, CheckpointTarget target, int pageSize, CheckpointListener listener) {
    return new OpenRequest(
        segments(namespace),
        target,
        pageSize,
        1,
        Optional.of(new LogStart(LOG, 1, 0)),
        Long.MAX_VALUE,
        0,
        listener);
  }

  public OpenRequest request(CheckpointTarget target) {
    return request(NAMESPACE, target);
  }

  /** Commits pages whose version is given. */
  public static void commit(SharedWal wal, int sizeAfter, long version, int... pageNos)
      throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      for (int pageNo : pageNos) {
        transaction.insert(pageNo, Pages.page(PAGE_SIZE, version));
      }
      transaction.commit(sizeAfter);
    }
  }

  /** Versions of all pages of a snapshot; a page must be as one of the versions up to the last. */
  public static Map<Integer, Long> versions(ReadTransaction snapshot, long lastVersion)
      throws IOException {
    Map<Integer, Long> versions = new TreeMap<>();
    for (int pageNo = 1; pageNo <= snapshot.sizePages(); pageNo++) {
      ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
      snapshot.readPage(pageNo, page);
      long version = page.getLong(0);
      if (version > lastVersion || !page.flip().equals(Pages.page(PAGE_SIZE, version))) {
        throw new AssertionError("garbage in page " + pageNo);
      }
      versions.put(pageNo, version);
    }
    return versions;
  }

  public static Map<Integer, Long> versions(SharedWal wal, long lastVersion) throws IOException {
    try (ReadTransaction snapshot = wal.beginRead()) {
      return versions(snapshot, lastVersion);
    }
  }

  /** Versions of the pages 1, 2, … */
  public static Map<Integer, Long> of(long... versions) {
    Map<Integer, Long> map = new TreeMap<>();
    for (int i = 0; i < versions.length; i++) {
      map.put(i + 1, versions[i]);
    }
    return map;
  }
}
