package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.testkit.SqliteProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A SQLite process for each test class and a rig for each test. The classes run one after another,
 * in one thread: they share the field that holds the process.
 */
abstract class CaptureTestBase {

  static SqliteProcess sqlite;

  @TempDir Path directory;
  CaptureRig rig;

  /** What the capture runs on. */
  Io io() {
    return new StandardIo();
  }

  @BeforeAll
  static void startSqlite() {
    sqlite = SqliteProcess.start();
  }

  @AfterAll
  static void stopSqlite() {
    sqlite.close();
  }

  @BeforeEach
  void makeRig() {
    rig = new CaptureRig(directory, sqlite, io());
  }

  @AfterEach
  void closeRig() throws Exception {
    rig.close();
  }
}
