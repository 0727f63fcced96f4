package io.walcast.connector.sink;

import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplicaDirectoryTest {

  @TempDir Path temp;
  private Path replicas;

  @BeforeEach
  void resolveTemp() throws IOException {
    replicas = temp.toRealPath().resolve("replicas");
  }

  @Test
  void aMissingDirectoryIsCreatedWhereItsParentExists() throws IOException {
    ReplicaDirectory directory = open(replicas);
    assertThat(directory.database(new Namespace("app/orders")))
        .isEqualTo(replicas.resolve("app/orders.db"));
    assertThat(replicas.resolve("app")).isDirectory();
    assertThat(directory.state(new Namespace("app/orders")))
        .isEqualTo(replicas.resolve(".walcast/app/orders"))
        .isDirectory();
  }

  /** The tasks of a connector start at the same time. */
  @Test
  void severalTasksMayCreateThemAtOnce() throws Exception {
    try (var tasks = new AtOnce(4)) {
      for (int i = 0; i < 200; i++) {
        Path fresh = temp.resolve("replicas" + i);
        tasks.run(() -> open(fresh));
        assertThat(fresh.resolve(".walcast")).isDirectory();
      }
    }
  }

  @Test
  void aDirectoryWithoutAParentIsAConfigurationError() {
    Path missing = temp.resolve("no/such/place");
    assertThatThrownBy(() -> open(missing))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("replicas.directory")
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("parent");
  }

  @Test
  void aFileInThePlaceOfTheDirectoryIsAConfigurationError() throws IOException {
    Files.writeString(replicas, "a file");
    assertThatThrownBy(() -> open(replicas))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("not a directory");
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsAConfigurationError() {
    Path readOnly = Path.of("/proc/self"); // for root, too
    assertThatThrownBy(() -> open(readOnly.resolve("replicas")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("/proc/self/replicas");
  }

  @Test
  void aLinkedReplicasDirectoryIsFine() throws IOException {
    Path real = Files.createDirectory(temp.resolve("real"));
    Files.createSymbolicLink(replicas, real);
    assertThat(open(replicas).database(new Namespace("a")))
        .isEqualTo(real.toRealPath().resolve("a.db"));
  }

  @Test
  void aLinkBelowItIsRefused() throws IOException {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    ReplicaDirectory directory = open(replicas);
    Files.createSymbolicLink(replicas.resolve("app"), outside);
    assertThatThrownBy(() -> directory.database(new Namespace("app/sub/x")))
        .isInstanceOf(RefusedPathException.class)
        .hasMessageContaining(replicas.resolve("app") + " is a symbolic link");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void aLinkInThePlaceOfADatabaseOrItsWalIsRefused() throws IOException {
    ReplicaDirectory directory = open(replicas);
    Files.createSymbolicLink(replicas.resolve("a.db"), temp.resolve("elsewhere.db"));
    Files.createSymbolicLink(replicas.resolve("b.db-wal"), temp.resolve("elsewhere.db"));
    assertThatThrownBy(() -> directory.database(new Namespace("a")))
        .isInstanceOf(RefusedPathException.class)
        .hasMessageContaining("a.db");
    assertThatThrownBy(() -> directory.database(new Namespace("b")))
        .isInstanceOf(RefusedPathException.class)
        .hasMessageContaining("b.db-wal");
  }

  @Test
  void aNamespaceBelowTheFileOfAnotherIsRefused() throws IOException {
    ReplicaDirectory directory = open(replicas);
    Files.writeString(replicas.resolve("a"), "a file");
    assertThatThrownBy(() -> directory.database(new Namespace("a/x")))
        .isInstanceOf(RefusedPathException.class)
        .hasMessageContaining("a is not a directory");
    assertThatThrownBy(() -> directory.database(new Namespace("b.db/x")))
        .isInstanceOf(RefusedPathException.class)
        .hasMessageContaining("b.db, which is a name for a replica's file");
    assertThat(replicas.resolve("b.db")).doesNotExist();
  }

  private static ReplicaDirectory open(Path replicas) {
    return ReplicaDirectory.open(new StandardIo(), replicas, replicas.resolve(".walcast"));
  }

  /** Threads that do the same thing at the same moment. */
  private static final class AtOnce implements AutoCloseable {

    private final ExecutorService threads;
    private final CyclicBarrier start;

    AtOnce(int count) {
      threads = Executors.newFixedThreadPool(count);
      start = new CyclicBarrier(count);
    }

    void run(Callable<?> what) throws Exception {
      Callable<Object> each =
          () -> {
            start.await();
            return what.call();
          };
      for (Future<Object> done : threads.invokeAll(nCopies(start.getParties(), each))) {
        done.get();
      }
    }

    @Override
    public void close() {
      threads.shutdownNow();
    }
  }
}
