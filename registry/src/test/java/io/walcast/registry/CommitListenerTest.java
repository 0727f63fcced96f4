package io.walcast.registry;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.commit;
import static io.walcast.testing.RegistryFixture.of;
import static io.walcast.testing.RegistryFixture.versions;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.storage.NoStorage;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import io.walcast.transaction.WriteTransaction;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommitListenerTest {

  @TempDir Path directory;
  private final List<String> told = new ArrayList<>();
  private SharedWal wal;

  private final FrameListener listener =
      new FrameListener() {
        @Override
        public void committed(long frameNo) {
          told.add("committed " + frameNo);
        }

        @Override
        public void closed() {
          told.add("closed");
        }
      };

  @BeforeEach
  void open() throws IOException {
    wal =
        RegistryFixture.registry(new StandardIo(), new NoStorage())
            .open(NAMESPACE, new RegistryFixture(directory).request(new MemoryTarget()));
  }

  @Test
  void itIsToldOfCommitsUntilItGoes() throws IOException {
    commit(wal, 1, 1, 1);
    Closeable listening = wal.onCommit(listener);
    commit(wal, 2, 2, 1, 2);
    wal.swap();
    try (WriteTransaction transaction = wal.beginWrite()) {
      transaction.insert(1, Pages.page(512, 3));
    }
    commit(wal, 2, 3, 1);
    assertThat(told).containsExactly("committed 3", "committed 4");
    listening.close();
    commit(wal, 2, 4, 1);
    wal.close();
    assertThat(told).hasSize(2);
  }

  @Test
  void whatItIsToldOfCanBeReadAndTheNextWriterHasNotBegun() throws IOException {
    List<Object> seen = new ArrayList<>();
    wal.onCommit(
        frameNo -> {
          try {
            seen.add(versions(wal, 9));
            seen.add(wal.lastCommittedFrameNo());
            seen.add(wal.tryBeginWrite().isPresent());
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    commit(wal, 1, 1, 1);
    assertThat(seen).containsExactly(of(1), 1L, false);
  }

  @Test
  void itsErrorIsNotTheWriters() throws IOException {
    wal.onCommit(
        frameNo -> {
          throw new IllegalStateException("of the listener");
        });
    wal.onCommit(listener);
    commit(wal, 1, 1, 1);
    commit(wal, 1, 2, 1);
    assertThat(told).containsExactly("committed 1", "committed 2");
  }

  @Test
  void itIsToldOnceThatTheLogIsClosedEvenIfItWasAlready() throws IOException {
    wal.onCommit(listener);
    wal.close();
    wal.close();
    assertThat(told).containsExactly("closed");
    told.clear();
    wal.onCommit(listener);
    assertThat(told).containsExactly("closed");
  }
}
