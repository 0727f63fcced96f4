package io.walcast.capture;

import static io.walcast.testing.RegistryFixture.LOG;
import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static io.walcast.testing.RegistryFixture.commit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.StandardIo;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.LogPosition;
import io.walcast.storage.NoStorage;
import io.walcast.testing.DiskOperation;
import io.walcast.testing.RegistryFixture;
import io.walcast.testing.SimulatedIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapturedTargetTest {

  @TempDir Path directory;
  private final StandardIo io = new StandardIo();

  private CapturedTarget target() {
    return new CapturedTarget(io, directory.resolve("log"));
  }

  @Test
  void aFoldKeepsThePositionAcrossRestartsAndNothingElse() throws IOException {
    RegistryFixture fixture = new RegistryFixture(directory);
    WalRegistry registry = RegistryFixture.registry(io, new NoStorage());
    SharedWal wal = registry.open(NAMESPACE, fixture.request(target()));
    assertThat(target().position()).isEmpty();
    commit(wal, 3, 1, 1, 2, 3);
    wal.swap();
    assertThat(wal.checkpoint()).isFalse();
    registry.remove(NAMESPACE);
    try (CapturedTarget after = target()) {
      assertThat(after.position()).contains(new LogPosition(LOG, 1, 3, 3, PAGE_SIZE));
      assertThatThrownBy(() -> after.readPage(2, ByteBuffer.allocate(PAGE_SIZE)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("page 2");
    }
    SharedWal again = registry.open(NAMESPACE, fixture.request(target()));
    assertThat(again.lastCommittedFrameNo()).isEqualTo(3);
    assertThat(again.sizePages()).isEqualTo(3);
    assertThat(again.tailLength()).isZero();
  }

  /** Its record can be read all the same, and would let the segments go. */
  @Test
  void aFoldWhoseSyncFailedIsNotTakenForDone() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      try (SimulatedIo disk = new SimulatedIo(seed)) {
        Path state = disk.mount(Path.of("/state"));
        CapturedTarget target = new CapturedTarget(disk, state.resolve("log"));
        SharedWal wal =
            RegistryFixture.registry(disk, new NoStorage())
                .open(RegistryFixture.NAMESPACE, new RegistryFixture(state).request(target));
        RegistryFixture.commit(wal, 2, 1, 1, 2);
        wal.swap();
        disk.failFrom(EnumSet.of(DiskOperation.SYNC), 1, 1);
        assertThatThrownBy(wal::checkpoint).hasMessageContaining("injected");
        disk.heal();
        wal.checkpoint();
        assertThat(wal.tailLength()).isZero();
        disk.crash();
        try (CapturedTarget later = new CapturedTarget(disk, state.resolve("log"))) {
          assertThat(later.position().map(LogPosition::frameNo)).as("seed %d", seed).contains(2L);
        }
      }
    }
  }
}
