package io.walcast.registry;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.NoStorage;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.RegistryFixture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoveTest {

  @TempDir Path directory;
  private final List<Boolean> freeWhileClosing = new ArrayList<>();
  private WalRegistry registry;

  /** Looks at the registry while it is being closed. */
  private final class WatchingTarget implements CheckpointTarget {

    @Override
    public Optional<LogPosition> position() {
      return Optional.empty();
    }

    @Override
    public void fold(List<SealedSegment> run) {
      throw new AssertionError("nothing to fold");
    }

    @Override
    public void readPage(int pageNo, ByteBuffer target) {
      throw new AssertionError("nothing to read");
    }

    @Override
    public void force() {
      // holds nothing
    }

    @Override
    public void close() {
      freeWhileClosing.add(registry.getAsync(NAMESPACE).isDone());
    }
  }

  @Test
  void aNamespaceCannotBeOpenedAnewBeforeItsLastFileIsClosed() throws IOException {
    registry = RegistryFixture.registry(new FaultyIo(1), new NoStorage());
    registry.open(NAMESPACE, new RegistryFixture(directory).request(new WatchingTarget()));
    registry.remove(NAMESPACE);
    assertThat(freeWhileClosing).containsExactly(false);
    assertThat(registry.getAsync(NAMESPACE)).isCompletedWithValue(Optional.empty());
  }
}
