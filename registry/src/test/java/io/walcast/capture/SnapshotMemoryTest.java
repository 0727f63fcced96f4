package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.segment.SealedSegment;
import io.walcast.testkit.JavaProcess;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A database many times as large as the heap of the process that captures it: neither heap nor the
 * state directory take a copy of it, and the application commits meanwhile.
 */
class SnapshotMemoryTest extends CaptureTestBase {

  private static final int ROWS = 110_000;
  private static final long DATABASE_BYTES = 400L << 20;
  private static final long PART_BYTES = 64L << 20;

  @Test
  void neitherHeapNorDiskTakeACopy() throws Exception {
    Path segments = Files.createDirectory(directory.resolve("segments"));
    Path log = directory.resolve("capture.log");
    try (SqliteConnection app = rig.application()) {
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      app.execute(
          "WITH RECURSIVE g(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM g WHERE x < "
              + ROWS
              + ") INSERT INTO t(b) SELECT zeroblob(4030) FROM g");
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      app.query("PRAGMA wal_autocheckpoint=100");
      assertThat(Files.size(rig.database)).isGreaterThan(DATABASE_BYTES);
      long most = 0;
      int commits = 0;
      try (JavaProcess capture =
          JavaProcess.running(CapturingProcess.class.getName())
              .jvm("-Xmx96m", "-XX:+UseSerialGC")
              .args(rig.database.toString(), rig.state.toString(), segments.toString())
              .log(log)
              .start()) {
        while (!Files.readString(log).contains("snapshots=1")) {
          assertThat(capture.process().isAlive()).isTrue();
          app.execute(
              "UPDATE t SET b = randomblob(4030) WHERE id = " + (1 + commits * 7919L % ROWS));
          commits++;
          most = Math.max(most, bytesBelow(rig.state));
        }
        capture.process().getOutputStream().write('\n');
        capture.process().getOutputStream().flush();
        assertThat(capture.exitsWithin(CaptureRig.PATIENCE)).isTrue();
      }
      List<Path> stored = SegmentFiles.stored(segments);
      System.out.println(
          stored.size() + " segments, " + commits + " commits meanwhile, state at most " + most);
      assertThat(commits).isGreaterThan(10);
      assertThat(most).isGreaterThan(0).isLessThan(3 * PART_BYTES);
      for (Path path : stored) {
        try (SealedSegment segment = SealedSegment.open(new StandardIo(), path)) {
          rig.copy.store(rig.namespace, segment, frameNo -> {});
        }
      }
      assertThat(app.queryOne("PRAGMA wal_checkpoint(TRUNCATE)")).isEqualTo("0");
      assertThat(Files.mismatch(rig.database, rig.copyPath)).isEqualTo(-1);
    }
  }

  private static long bytesBelow(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files.mapToLong(SnapshotMemoryTest::size).sum();
    } catch (java.io.UncheckedIOException deletedMeanwhile) {
      return 0;
    }
  }

  private static long size(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (NoSuchFileException deletedMeanwhile) {
      return 0;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
