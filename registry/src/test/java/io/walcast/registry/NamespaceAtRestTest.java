package io.walcast.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.NoStorage;
import io.walcast.testing.RegistryFixture;
import io.walcast.transaction.ReadTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What thousands of quiet namespaces cost. */
class NamespaceAtRestTest {

  private static final int NAMESPACES = 500;
  private static final int LIMIT_BYTES = 4_096;

  @TempDir Path directory;

  /** Holds nothing, so that nothing of it is measured. */
  private static final class Nowhere implements CheckpointTarget {
    @Override
    public Optional<LogPosition> position() {
      return Optional.empty();
    }

    @Override
    public void fold(List<SealedSegment> run) {
      // dropped
    }

    @Override
    public void readPage(int pageNo, ByteBuffer target) throws IOException {
      throw new IOException("nothing is kept");
    }

    @Override
    public void force() {
      // nothing is kept
    }

    @Override
    public void close() {
      // nothing is open
    }
  }

  @Test
  void anOpenNamespaceTakesLessThan4KibibytesOfHeapAndNoThread() throws IOException {
    WalRegistry registry = RegistryFixture.registry(new StandardIo(), new NoStorage());
    open(registry, "first"); // and with it the classes and this thread's buffer
    Set<Thread> threads = Thread.getAllStackTraces().keySet();
    long before = usedBytes();
    for (int i = 0; i < NAMESPACES; i++) {
      open(registry, "namespace-" + i);
    }
    long bytes = (usedBytes() - before) / NAMESPACES;
    assertThat(registry.namespaces()).hasSize(NAMESPACES + 1);
    assertThat(bytes).isBetween(256L, (long) LIMIT_BYTES);
    assertThat(Thread.getAllStackTraces().keySet()).isSubsetOf(threads);
    registry.shutdown();
  }

  /** Has a segment behind it, has been read, and has a commit in its current segment. */
  private void open(WalRegistry registry, String name) throws IOException {
    RegistryFixture fixture = new RegistryFixture(directory);
    Namespace namespace = new Namespace(name);
    SharedWal wal = registry.open(namespace, fixture.request(namespace, new Nowhere()));
    RegistryFixture.commit(wal, 2, 1, 1, 2);
    wal.swap();
    wal.checkpoint();
    RegistryFixture.commit(wal, 2, 2, 1, 2);
    try (ReadTransaction snapshot = wal.beginRead()) {
      snapshot.readPage(1, ByteBuffer.allocate(RegistryFixture.PAGE_SIZE));
    }
  }

  /** What earlier tests left behind goes with several collections: until one finds nothing more. */
  private static long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      System.gc();
      long now = runtime.totalMemory() - runtime.freeMemory();
      if (now >= used) {
        return used;
      }
      used = now;
    }
    return used;
  }
}
