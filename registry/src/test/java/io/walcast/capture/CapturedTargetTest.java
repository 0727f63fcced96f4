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
import io.walcast.testing.RegistryFixture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
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
}
