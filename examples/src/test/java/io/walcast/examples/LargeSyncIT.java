package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.KafkaBroker;
import io.walcast.testkit.SqliteConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A database past the lock-byte page, at 1 GiB, whose replica comes out of what is announced. */
@EnabledIfSystemProperty(
    named = "walcast.sync.big",
    matches = "true",
    disabledReason = "writes several GiB: -Dwalcast.sync.big=true or -Pcampaign")
class LargeSyncIT {

  private static final int PAGE_SIZE = 65_536;
  private static final long LOCK_BYTE_PAGE = (1L << 30) / PAGE_SIZE + 1;
  private static final int ROWS = 17_500; // one a page
  private static final String CONTENT =
      "SELECT count(*) || ' ' || sum(id * length(v)) || ' ' || group_concat(hex(substr(v, 1, 8)))"
          + " FROM t WHERE id % 100 = 7 OR id > 16000";

  @TempDir Path directory;

  @Test
  void theLockBytePageComesThroughASync() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start(directory.resolve("kafka"));
        Pipeline pipeline = Pipeline.start(directory, "large", broker)) {
      Path primary = pipeline.database("app");
      try (SqliteConnection writer = pipeline.oracle().open(primary)) {
        writer.execute("PRAGMA page_size=" + PAGE_SIZE);
        writer.query("PRAGMA journal_mode=WAL");
        writer.execute("PRAGMA synchronous=OFF");
        writer.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)");
        writer.execute(
            "INSERT INTO t(v) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
                + " i < "
                + ROWS
                + ") SELECT zeroblob(60000) FROM n");
        assertThat(writer.queryLong("PRAGMA page_count")).isGreaterThan(LOCK_BYTE_PAGE + 100);
        pipeline.createSource(Map.of());
        AnnouncedTopic announced = new AnnouncedTopic(broker.bootstrapServers(), "large");
        announced.awaitNamespaces(1);
        writer.execute(
            "UPDATE t SET v = randomblob(60000) WHERE id % 100 = 7 OR id BETWEEN 16300 AND 16450");
        String content = writer.queryOne(CONTENT);
        pipeline.createSink(Map.of("sync.min.bytes", "0"));
        pipeline.awaitLogged("Replica app: SYNC");
        pipeline.awaitContent("app", CONTENT, content);
        assertThat(pipeline.oracle().integrityCheck(pipeline.replica("app"))).isEmpty();
        assertThat(Files.size(pipeline.replica("app"))).isGreaterThan(1L << 30);
      }
    }
  }
}
