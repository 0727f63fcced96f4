package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.sqlite.WalConnection;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The capture starts at the very moment in which a writer is between two stores. */
class TornIndexTest extends CaptureTestBase {

  private final WorldIo io = new WorldIo();

  @Override
  Io io() {
    return io;
  }

  @Test
  void costsNoResync() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      rig.stop();
      CaptureRig.insert(app, 5);
      AtomicInteger looks = new AtomicInteger();
      io.beforeIdentity(path -> tearBetweenAttachingAndReading(path, looks));
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      assertThat(looks).hasValueGreaterThan(2);
      assertThat(rig.status().resyncs()).isEqualTo(Map.of());
      assertThat(rig.status().commits()).isEqualTo(1);
      rig.awaitCopyEquals(app);
    }
  }

  /** The database is looked at twice: before it is attached to, and once the locks are had. */
  private void tearBetweenAttachingAndReading(Path path, AtomicInteger looks) {
    if (path.equals(rig.database) && looks.incrementAndGet() == 2) {
      try {
        Outside.tearHeaders(WalConnection.shmOf(path), directory.resolve("torn"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
