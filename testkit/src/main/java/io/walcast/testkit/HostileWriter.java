package io.walcast.testkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.sqlite.SQLiteException;

/**
 * The main of the child process behind {@link WriterWorkload}: opens the database with stock SQLite
 * in WAL mode and writes to it in every way that is hard on somebody who copies pages. Arguments
 * are those of {@link WriterWorkload.Options#arguments()}. Single-threaded.
 */
final class HostileWriter {
  private static final int SQLITE_BUSY = 5;

  private final ChildConsole console = new ChildConsole();
  private final Report report = new Report();
  private final WriterWorkload.Options options;
  private final Connection connection;
  private final Random random;
  private final HostileOperations operations;

  private HostileWriter(WriterWorkload.Options options) throws SQLException {
    this.options = options;
    this.random = new Random(options.seed());
    this.connection = DriverManager.getConnection("jdbc:sqlite:" + options.database());
    this.operations = new HostileOperations(connection, random, options.pageSize());
    report.with("seed", options.seed()).with("commits", 0);
  }

  public static void main(String[] args) throws Exception {
    WriterWorkload.Options options = WriterWorkload.Options.parse(args);
    HostileWriter writer = new HostileWriter(options);
    writer.prepare();
    long start = System.nanoTime();
    long deadline = start + options.duration().toNanos();
    while (!writer.console.stopAsked()
        && writer.report.get("commits") < options.transactions()
        && System.nanoTime() - deadline < 0) {
      writer.step();
      writer.console.progress(writer.report);
      TimeUnit.MICROSECONDS.sleep(options.pauseMicros());
    }
    writer.report.with("elapsedMs", (System.nanoTime() - start) / 1_000_000);
    writer.report.with("n", writer.number("SELECT n FROM progress"));
    writer.report.with("pages", writer.number("PRAGMA page_count"));
    if (options.closeAtEnd()) {
      writer.connection.close();
    }
    writer.console.result(writer.report);
    // Not an orderly exit: where the WAL was to be left, nothing may close the connection.
    Runtime.getRuntime().halt(0);
  }

  private void prepare() throws SQLException {
    operations.execute("PRAGMA busy_timeout = 10000");
    if (number("SELECT count(*) FROM sqlite_schema WHERE name = 'progress'") == 0) {
      operations.execute("PRAGMA page_size = " + options.pageSize());
      operations.execute("PRAGMA auto_vacuum = " + options.autoVacuum());
    }
    operations.execute("PRAGMA journal_mode = WAL");
    operations.execute("PRAGMA synchronous = NORMAL");
    operations.execute("PRAGMA wal_autocheckpoint = " + options.autoCheckpointPages());
    operations.execute("PRAGMA cache_size = " + options.cachePages());
    if (number("SELECT count(*) FROM sqlite_schema WHERE name = 'progress'") == 0) {
      operations.execute("BEGIN IMMEDIATE");
      for (String sql : Ledger.schema()) {
        operations.execute(sql);
      }
      for (String sql : HostileOperations.schema()) {
        operations.execute(sql);
      }
      operations.execute("COMMIT");
    }
  }

  private void step() throws SQLException {
    int dice = random.nextInt(1000);
    try {
      if (dice < 10) {
        maintain();
      } else if (dice < 90) {
        operations.execute("BEGIN IMMEDIATE");
        operations.transfer();
        operations.wreck();
        operations.execute("ROLLBACK");
        report.count("rollbacks");
      } else {
        operations.execute("BEGIN IMMEDIATE");
        String what = change(dice);
        operations.record(what);
        operations.execute("COMMIT");
        report.count("commits");
        report.count(what);
      }
    } catch (SQLiteException e) {
      if ((e.getResultCode().code & 0xff) != SQLITE_BUSY) {
        throw e;
      }
      // Another connection was in the way for longer than the busy timeout, as may happen to any
      // application; it gives up this transaction and goes on.
      report.count("busy");
      rollBackIfOpen();
    }
  }

  private String change(int dice) throws SQLException {
    if (dice < 450) {
      operations.transfer();
      return "transfers";
    } else if (dice < 630) {
      operations.insertBlobs();
      return "inserts";
    } else if (dice < 760) {
      operations.updateBlobs();
      return "updates";
    } else if (dice < 840) {
      operations.deleteBlobs();
      return "deletes";
    } else if (dice < 890) {
      operations.bulk();
      return "bulks";
    } else if (dice < 930) {
      operations.transfer();
      operations.execute("SAVEPOINT s");
      operations.wreck();
      operations.execute("ROLLBACK TO s");
      operations.execute("RELEASE s");
      return "savepoints";
    }
    operations.changeSchema();
    return "schemaChanges";
  }

  private void maintain() throws SQLException {
    int what = random.nextInt(5);
    if (options.autoCheckpointPages() == 0 && (what == 1 || what == 2)) {
      return; // the WAL is to be kept whole
    }
    switch (what) {
      case 0:
        operations.execute("VACUUM");
        report.count("vacuums");
        break;
      case 1:
        operations.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        report.count("checkpoints");
        break;
      case 2:
        operations.execute("PRAGMA wal_checkpoint(RESTART)");
        report.count("checkpoints");
        break;
      case 3:
        operations.execute("DELETE FROM bulk");
        operations.execute("PRAGMA incremental_vacuum(50)");
        report.count("incrementalVacuums");
        break;
      default:
        operations.execute("REINDEX");
        report.count("reindexes");
    }
  }

  private void rollBackIfOpen() throws SQLException {
    try {
      operations.execute("ROLLBACK");
    } catch (SQLiteException e) {
      if (!e.getMessage().contains("no transaction is active")) {
        throw e;
      }
    }
  }

  private long number(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      return result.getLong(1);
    }
  }
}
