package io.walcast.connector.source;

import io.walcast.capture.CapturedTarget;
import io.walcast.io.Io;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.CheckpointNotifier;
import io.walcast.registry.LogStart;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentStorage;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;

/** Real sealed segments, from a registry that hands them to the test in place of a storage. */
final class TestSegments implements AutoCloseable {

  static final UUID LOG = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
  static final int EPOCH = 7;

  private final Io io;
  private final Path directory;
  private final List<SealedSegment> sealed = new ArrayList<>();
  private final WalRegistry registry;

  TestSegments(Io io, Path directory) {
    this.io = io;
    this.directory = directory;
    registry =
        new WalRegistry(io, new Collector(), new NoCheckpoints(), RegistryOptions.defaults());
  }

  /**
   * Commits one transaction and seals it.
   *
   * @param pages page numbers, in the order in which they are written; each gets {@link #page}
   */
  SealedSegment seal(Namespace namespace, int pageSize, int sizeAfter, int... pages)
      throws IOException {
    SharedWal wal = open(namespace, pageSize);
    try (WriteTransaction transaction = wal.beginWrite()) {
      for (int i = 0; i < pages.length; i++) {
        transaction.savepoint(); // keeps older versions of the page in the segment
        transaction.insert(pages[i], page(pageSize, pages[i], i));
      }
      transaction.commit(sizeAfter);
    }
    wal.swap();
    return sealed.get(sealed.size() - 1);
  }

  /** A page that tells its number and which write of its transaction made it, from 0. */
  static ByteBuffer page(int pageSize, int pageNo, int write) {
    return ByteBuffer.allocate(pageSize).putInt(0, pageNo).putInt(4, write);
  }

  void closeLog(Namespace namespace) throws IOException {
    registry.remove(namespace);
  }

  @Override
  public void close() {
    registry.shutdown();
  }

  private SharedWal open(Namespace namespace, int pageSize) throws IOException {
    Path state = directory.resolve(namespace.name());
    io.createDirectories(state);
    return registry.open(
        namespace,
        new OpenRequest(
            state.resolve(".wal"),
            new CapturedTarget(io, state.resolve("log")),
            pageSize,
            EPOCH,
            Optional.of(new LogStart(LOG, 1, 0)),
            Long.MAX_VALUE,
            1,
            new SilentListener()));
  }

  private final class Collector implements SegmentStorage {
    @Override
    public void store(Namespace namespace, SealedSegment segment, LongConsumer onDurable) {
      sealed.add(segment);
    }

    @Override
    public long durableFrameNo(Namespace namespace) {
      return 0;
    }

    @Override
    public void shutdown() {
      // nothing is in progress
    }
  }

  private static final class NoCheckpoints implements CheckpointNotifier {
    @Override
    public void checkpointDue(Namespace namespace) {
      // the segments are for the test
    }

    @Override
    public void shutdown() {
      // nothing is in progress
    }
  }

  private static final class SilentListener implements CheckpointListener {
    @Override
    public void checkpointed(LogPosition upTo) {
      // never checkpointed
    }

    @Override
    public void failed(IOException cause) {
      throw new AssertionError(cause);
    }
  }
}
