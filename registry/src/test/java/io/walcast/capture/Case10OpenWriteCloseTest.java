package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.SqliteConnection;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Case 10: a program that opens, writes once and closes, a hundred times a second. Python's SQLite
 * deletes the WAL with each last close where it is old enough; JDBC's leaves it to the capture.
 */
class Case10OpenWriteCloseTest extends CaptureTestBase {

  private static final int TIMES = 300;
  private static final int PER_SECOND = 100;

  @ParameterizedTest
  @EnumSource(WalHold.class)
  void inPython(WalHold hold) throws Exception {
    ForeignWriter.requirePython();
    rig.applicationWithRows(20).close();
    rig.start(CaptureOptions.defaults().withWalHold(hold));
    rig.pollUntil(CaptureState.CLOSED);
    rig.startPolling();
    Process program =
        ForeignWriter.runScript(
            directory,
            "open_and_close.py",
            rig.database.toString(),
            Integer.toString(TIMES),
            Integer.toString(PER_SECOND));
    assertThat(program.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(program.exitValue()).isZero();
    rig.stopPolling();
    System.out.println(hold + ": " + rig.poll());
    rig.awaitCopyEqualsPrimary();
    try (SqliteConnection copy = sqlite.open(rig.copyPath)) {
      assertThat(copy.queryLong("SELECT count(*) FROM t")).isEqualTo(20 + TIMES);
    }
    assertThat(rig.status().snapshots())
        .as("%s", rig.status())
        .isLessThan(hold == WalHold.NEVER ? TIMES : 10L);
  }

  @ParameterizedTest
  @EnumSource(WalHold.class)
  void inJava(WalHold hold) throws Exception {
    rig.applicationWithRows(20).close();
    rig.start(CaptureOptions.defaults().withWalHold(hold));
    rig.pollUntil(CaptureState.CLOSED);
    rig.startPolling();
    for (int i = 0; i < TIMES; i++) {
      try (SqliteConnection app = sqlite.open(rig.database)) {
        CaptureRig.insert(app, 1);
      }
    }
    rig.stopPolling();
    System.out.println(hold + ": " + rig.poll());
    rig.awaitCopyEqualsPrimary();
    assertThat(rig.status().snapshots()).as("%s", rig.status()).isLessThan(10);
  }
}
