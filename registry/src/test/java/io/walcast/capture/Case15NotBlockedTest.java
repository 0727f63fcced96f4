package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.sqlite.WalConnection;
import io.walcast.testing.DelegatingFile;
import io.walcast.testing.DelegatingIo;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Case 15: the application's checkpoints are not held up for longer than a few looks of the
 * capture, and those looks neither wait nor touch a disk; {@code journal_mode} can be changed; a
 * database that nobody has open is left as it is. How long it takes is for {@code CaptureBenchmark}
 * to say.
 */
class Case15NotBlockedTest extends CaptureTestBase {

  /** After the commits were captured: one look to see the back-fill, one for a lock just held. */
  private static final int LOOKS = 3;

  private final ListeningIo io = new ListeningIo();

  @Override
  Io io() {
    return io;
  }

  /** Writes down what the looks ask of the disk; looks at paths and locks do not count. */
  private static final class ListeningIo extends DelegatingIo {

    private final Thread looking = Thread.currentThread(); // the checkpointer has one of its own
    private final List<String> operations = new ArrayList<>();

    private void asked(String operation, Path path) {
      if (Thread.currentThread() == looking) {
        operations.add(operation + " " + path);
      }
    }

    @Override
    public StorageFile open(Path path, OpenMode mode) throws IOException {
      asked("open", path);
      return new DelegatingFile(super.open(path, mode)) {
        @Override
        public int read(ByteBuffer target, long position) throws IOException {
          asked("read", path);
          return super.read(target, position);
        }

        @Override
        public void writeFully(ByteBuffer source, long position) throws IOException {
          asked("write", path);
          super.writeFully(source, position);
        }

        @Override
        public void force(boolean metadata) throws IOException {
          asked("force", path);
          super.force(metadata);
        }
      };
    }
  }

  @ParameterizedTest
  @CsvSource({"RESTART,0", "RESTART,3", "TRUNCATE,0", "TRUNCATE,3"})
  void aCheckpointSucceedsWithinAFewLooks(String mode, int commits) throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      app.query("PRAGMA wal_autocheckpoint=0");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < commits; i++) {
          CaptureRig.insert(app, 3);
        }
        assertThat(rig.awaitReset(app, mode)).as("looks").isLessThanOrEqualTo(LOOKS);
        CaptureRig.insert(app, 1);
        if (round % 2 == 0) {
          rig.poll(); // pending in one round, idle with a reset to see in the other
        }
      }
      rig.awaitCopyEquals(app);
    }
  }

  /** The looks that let a waiting checkpoint through, once what there is has been captured. */
  @Test
  void theseLooksTouchNoDisk() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      app.query("PRAGMA wal_autocheckpoint=0");
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      for (int round = 0; round < 10; round++) {
        CaptureRig.insert(app, 3);
        long commits = rig.status().commits() + 1;
        rig.pollUntil("the commit", s -> s.commits() == commits);
        rig.seal();
        io.operations.clear();
        int looks = rig.awaitReset(app, round % 2 == 0 ? "RESTART" : "TRUNCATE");
        assertThat(looks).isBetween(1, LOOKS);
        assertThat(io.operations).as("in %d looks", looks).isEmpty();
      }
      rig.awaitCopyEquals(app);
    }
  }

  /** The look that captures is one pass over what is new; sealing apart, it syncs nothing. */
  @Test
  void theLookThatCapturesSyncsNothing() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50)) {
      rig.start();
      rig.pollUntil(CaptureState.ATTACHED);
      io.operations.clear();
      for (int i = 1; i <= 10; i++) {
        CaptureRig.insert(app, 3);
        long commits = i;
        rig.pollUntil("the commit", s -> s.commits() == commits);
      }
      assertThat(io.operations.stream().filter(o -> o.startsWith("force"))).isEmpty();
      assertThat(io.operations.stream().filter(o -> o.endsWith("app.db"))).isEmpty();
    }
  }

  /** In the shell, whose SQLite may be of either kind: see docs/operations.md. */
  @Test
  void journalModeCanBeChanged() throws Exception {
    ForeignWriter.requireShell();
    rig.applicationWithRows(50).close();
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    try (SqliteConnection app = rig.application()) {
      CaptureRig.insert(app, 1);
      rig.pollUntil(CaptureState.ATTACHED);
      rig.awaitReset(app, "TRUNCATE");
    }
    if (!shell("PRAGMA busy_timeout=2000; PRAGMA journal_mode=DELETE").contains("delete")) {
      rig.stop(); // a SQLite that sees the capture: only then
      assertThat(shell("PRAGMA journal_mode=DELETE")).contains("delete");
      rig.start();
    }
    assertThat(rig.pollUntil(CaptureState.REFUSED).refusal()).isEqualTo(Refusal.NOT_WAL_MODE);
    shell("PRAGMA journal_mode=WAL");
    rig.pollUntil("it is captured again", s -> s.state() != CaptureState.REFUSED);
    rig.awaitCopyEqualsPrimary();
  }

  private String shell(String sql) throws Exception {
    Process shell =
        new ProcessBuilder("sqlite3", rig.database.toString(), sql)
            .redirectErrorStream(true)
            .start();
    String output = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    shell.waitFor();
    return output;
  }

  @Test
  void aDatabaseThatNobodyHasOpenIsCapturedAndLeftAsItWas() throws Exception {
    rig.applicationWithRows(100).close();
    FileIdentity before = io.identity(rig.database);
    byte[] bytes = Files.readAllBytes(rig.database);
    rig.start();
    rig.pollUntil(CaptureState.CLOSED);
    for (int i = 0; i < 50; i++) {
      rig.poll();
    }
    rig.stop();
    assertThat(io.identity(rig.database)).isEqualTo(before);
    assertThat(Files.readAllBytes(rig.database)).isEqualTo(bytes);
    assertThat(Files.readAllBytes(rig.copyPath)).isEqualTo(bytes);
    assertThat(WalConnection.walOf(rig.database)).doesNotExist();
    assertThat(WalConnection.shmOf(rig.database)).doesNotExist();
  }
}
