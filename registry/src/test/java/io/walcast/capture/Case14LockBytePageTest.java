package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.SnapshotPart;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Case 14: databases that reach past the lock-byte page at 1 GiB. Most of their pages are free
 * ones, so that the file can be sparse; to the capture a free page is a page like any other.
 */
class Case14LockBytePageTest extends CaptureTestBase {

  private static final int LOCK_BYTE = 1 << 30;
  private static final int PAST_IT = 60;

  @ParameterizedTest
  @CsvSource({"4096", "65536"})
  void theSnapshotAndTheFramesAroundTheLockBytePage(int pageSize) throws Exception {
    int lockBytePage = LOCK_BYTE / pageSize + 1;
    try (SqliteConnection app = sqlite.open(rig.database)) {
      app.execute("PRAGMA page_size=" + pageSize);
      app.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB)");
      CaptureRig.insert(app, 40);
    }
    addFreePages(pageSize, lockBytePage + PAST_IT);
    try (SqliteConnection app = rig.application()) {
      assertThat(app.integrityCheck()).as("what the test itself has made").isEmpty();
      rig.start();
      rig.pollUntil("the snapshot", status -> status.snapshots() == 1);
      List<RebuiltCopy.Published> parts = rig.copy.published();
      assertThat(parts).hasSizeGreaterThan(10); // of 64 MiB
      assertThat(parts.get(0).part()).isEqualTo(SnapshotPart.FIRST);
      assertThat(parts.get(parts.size() - 1).part()).isEqualTo(SnapshotPart.LAST);
      assertThat(parts.stream().mapToInt(RebuiltCopy.Published::pages).sum())
          .isEqualTo(lockBytePage + PAST_IT - 1);

      // From the pages next to the lock-byte page, on both sides of it.
      for (int i = 1; i <= 2; i++) {
        app.execute("INSERT INTO t(b) VALUES (randomblob(" + PAST_IT * (pageSize - 4L) + "))");
        long commits = i;
        rig.pollUntil("the commit", s -> s.commits() == commits);
      }
      assertThat(rig.status().resyncs()).isEqualTo(Map.of(ResyncReason.FIRST_SNAPSHOT, 1L));
      rig.stop();
      app.query("PRAGMA wal_checkpoint(TRUNCATE)");
      assertThat(Files.mismatch(rig.database, rig.copyPath)).isEqualTo(-1);
      assertThat(sqlite.integrityCheck(rig.copyPath)).isEmpty();
    }
  }

  /**
   * Ends the database with free pages up to {@code pages}. The first page of the free list lists
   * those around the lock-byte page, which SQLite will use first; none of the leaves is written.
   */
  private void addFreePages(int pageSize, int pages) throws IOException {
    int lockBytePage = LOCK_BYTE / pageSize + 1;
    try (FileChannel file =
        FileChannel.open(rig.database, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer header = ByteBuffer.allocate(100);
      file.read(header, 0);
      int used = header.getInt(28);
      int[] free =
          IntStream.rangeClosed(1, pages - used)
              .map(i -> pages + 1 - i) // from the end: those around the lock-byte page come first
              .filter(page -> page != lockBytePage)
              .toArray();
      header.putInt(28, pages).putInt(32, free[0]).putInt(36, free.length);
      int leaves = 2 * PAST_IT - 20;
      for (int trunk = 0; trunk < free.length; ) {
        int count = Math.min(leaves, free.length - trunk - 1);
        int next = trunk + count + 1;
        ByteBuffer page = ByteBuffer.allocate(pageSize);
        page.putInt(next < free.length ? free[next] : 0).putInt(count);
        for (int i = 1; i <= count; i++) {
          page.putInt(free[trunk + i]);
        }
        write(file, page.clear(), (free[trunk] - 1L) * pageSize);
        trunk = next;
        leaves = pageSize / 4 - 8;
      }
      write(file, ByteBuffer.allocate(1), (long) pages * pageSize - 1);
      write(file, header.clear(), 0);
    }
  }

  private static void write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
    while (bytes.hasRemaining()) {
      file.write(bytes, position + bytes.position());
    }
  }
}
