package io.walcast.storage;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.commit;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.registry.SharedWal;
import io.walcast.segment.FrameCursor;
import io.walcast.segment.SealedSegment;
import io.walcast.testing.DiskOperation;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import io.walcast.testing.SimulatedIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/** Segments that are stored on a disk whose every change fails in turn, or loses its power. */
class HostileDirectoryStorageTest {

  private static final int SEGMENTS = 4;
  private static final int ROUNDS = Integer.getInteger("walcast.rounds", 9);
  private static final long SEED = Long.getLong("walcast.seed", System.nanoTime());
  private static final boolean ONE = System.getProperty("walcast.seed") != null;

  @TempDir Path directory;
  private final List<SealedSegment> segments = new ArrayList<>(); // oldest first

  /** The n-th segment has pages whose version is n. */
  @BeforeEach
  void seal() throws IOException {
    SharedWal wal =
        RegistryFixture.registry(new FaultyIo(SEED), new NoStorage())
            .open(NAMESPACE, new RegistryFixture(directory).request(new MemoryTarget()));
    for (int version = 1; version <= SEGMENTS; version++) {
      commit(wal, 3, version, 1, 2, 3);
      wal.swap();
    }
    segments.addAll(wal.sealedSegments());
    Collections.reverse(segments);
  }

  /** One disk; a process that stores in the order of the log, and tries again what failed. */
  private final class Run {

    private final SimulatedIo io;
    private final String description;
    private final Path root;
    private final Deque<Runnable> retries = new ArrayDeque<>();
    private LocalDirectoryStorage storage;
    private long reported; // durable

    private Run(long seed, String description) {
      this.io = new SimulatedIo(seed);
      this.description = "-Dwalcast.seed=" + seed + ", " + description;
      this.root = io.mount(Path.of("/disk")).resolve("stored");
      start();
    }

    private void start() {
      retries.clear();
      storage = new LocalDirectoryStorage(io, root, Runnable::run, retries::add);
    }

    private void storeFrom(long frameNo) {
      for (SealedSegment segment : segments) {
        if (segment.startFrameNo() > frameNo) {
          storage.store(NAMESPACE, segment, durable -> reported = Math.max(reported, durable));
        }
      }
    }

    private void retry(int atMost) {
      for (int i = 0; i < atMost && !retries.isEmpty(); i++) {
        retries.remove().run();
      }
    }

    /** Whole segments from the first on, with all that was reported. */
    private void check() throws IOException {
      long end = 0;
      for (SegmentKey key : storage.list(NAMESPACE)) {
        assertThat(key.startFrameNo()).as(description).isEqualTo(end + 1);
        end = key.endFrameNo();
        try (FrameCursor frames = storage.fetch(NAMESPACE, key, RoaringBitmap.bitmapOf(1, 2, 3))) {
          ByteBuffer expected = Pages.page(PAGE_SIZE, end / 3);
          for (int pageNo = 1; pageNo <= 3; pageNo++) {
            assertThat(frames.next()).as(description).isTrue();
            assertThat(frames.page()).as(description).isEqualTo(expected);
          }
        }
      }
      assertThat(storage.durableFrameNo(NAMESPACE)).as(description).isEqualTo(end);
      assertThat(end).as(description).isGreaterThanOrEqualTo(reported);
    }

    private void crash() throws IOException {
      io.crash();
      start();
      check();
    }

    private void finish() throws IOException {
      storeFrom(storage.durableFrameNo(NAMESPACE));
      retry(1_000);
      assertThat(storage.durableFrameNo(NAMESPACE)).as(description).isEqualTo(3 * SEGMENTS);
      crash();
    }
  }

  @FunctionalInterface
  private interface Fault {
    void set(SimulatedIo io, int n);
  }

  private void campaign(String what, Fault fault) throws IOException {
    for (int i = 0; i < (ONE ? 1 : ROUNDS); i++) {
      boolean failed = true;
      for (int n = 1; failed; n++) {
        Run run = new Run(SEED + i, what + " " + n);
        fault.set(run.io, n);
        run.storeFrom(0);
        run.retry(n % 4);
        failed = run.io.heal();
        run.crash();
        run.finish();
      }
    }
  }

  @Test
  void afterAPowerCutAtAnyChangeThereAreWholeSegmentsAndAllThatWereReported() throws IOException {
    campaign("power cut at change", SimulatedIo::cutPowerAt);
  }

  @Test
  void aFailureIsTriedAgainAndLeavesNothingHalf() throws IOException {
    campaign("failure of change", (io, n) -> io.failFrom(n, 1 + n % 3));
  }

  @Test
  void aSyncThatFailsIsNeverFollowedByOneThatHidesIt() throws IOException {
    Set<DiskOperation> syncs = Set.of(DiskOperation.SYNC, DiskOperation.SYNC_DIRECTORY);
    campaign("failure of sync", (io, n) -> io.failFrom(syncs, n, 1));
  }

  @Test
  void aFullDiskTakesNothingAndAllGoesOnOnceThereIsRoom() throws IOException {
    campaign("disk full from write", (io, n) -> io.fillUpFrom(n, 5));
  }
}
