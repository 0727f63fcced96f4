package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole source on real databases that another process writes to, without a broker. */
class WalSourceTaskTest {

  private static SqliteProcess sqlite;

  @TempDir Path temporary;

  private final Map<String, String> settings = new HashMap<>();
  private final Map<String, ReplayedDatabase> topic = new HashMap<>();
  private final Map<Map<String, ?>, Map<String, Object>> offsets = new HashMap<>();
  private Path databases;
  private int copies;

  @BeforeAll
  static void startSqlite() {
    sqlite = SqliteProcess.start();
  }

  @AfterAll
  static void stopSqlite() {
    sqlite.close();
  }

  @BeforeEach
  void settings() throws IOException {
    databases = Files.createDirectories(temporary.toRealPath().resolve("data"));
    settings.put("databases.directory", databases.toString());
    settings.put("scan.interval.ms", "20");
  }

  @Test
  void whatIsCommittedArrivesAndWhatComesLaterToo() throws Exception {
    try (SqliteConnection shop = open("shop.db")) {
      shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
      insert(shop, 200);
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        awaitEqual(harness, "shop", shop);
        assertThat((Long) status("shop").get("snapshots")).isOne();
        for (int i = 0; i < 5; i++) {
          insert(shop, 20);
          shop.execute("DELETE FROM t WHERE id % 7 = " + i);
          awaitEqual(harness, "shop", shop);
        }
        shop.execute("DELETE FROM t");
        shop.execute("VACUUM");
        awaitEqual(harness, "shop", shop);

        Files.createDirectory(databases.resolve("eu"));
        try (SqliteConnection bank = open("eu/bank.sqlite")) {
          bank.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
          awaitEqual(harness, "eu/bank", bank);
        }
      }
    }
  }

  @Test
  void whatKafkaDidNotAcknowledgeIsPublishedAgainAfterARestart() throws Exception {
    try (SqliteConnection shop = open("shop.db")) {
      shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        awaitEqual(harness, "shop", shop);
        harness.withholdAcknowledgements();
        insert(shop, 10);
        awaitEqual(harness, "shop", shop);
        insert(shop, 10); // waits in the current segment, as the one before is in flight
      }
      UUID log = topic.get("shop").logId();
      insert(shop, 10); // while nobody looks
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        awaitEqual(harness, "shop", shop);
        assertThat((Long) status("shop").get("snapshots")).as("continuity was proven").isZero();
      }
      assertThat(topic.get("shop").skipped()).isPositive();
      assertThat(topic.get("shop").logId()).isEqualTo(log);
    }
  }

  @Test
  void whatKafkaAcknowledgedIsDeletedAndNotPublishedAgain() throws Exception {
    try (SqliteConnection shop = open("shop.db")) {
      shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        for (int i = 0; i < 5; i++) {
          insert(shop, 10);
          awaitEqual(harness, "shop", shop);
        }
        Path segments = databases.resolve(".walcast/shop/.wal");
        harness.until("acknowledged segments are deleted", () -> files(segments) == 1);
      }
      int before = topic.get("shop").segments();
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        insert(shop, 1);
        awaitEqual(harness, "shop", shop);
      }
      assertThat(topic.get("shop").skipped()).isZero();
      assertThat(topic.get("shop").segments()).isGreaterThan(before);
    }
  }

  @Test
  void aLostStateDirectoryStartsANewLogInAHigherEpoch() throws Exception {
    try (SqliteConnection shop = open("shop.db")) {
      shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        awaitEqual(harness, "shop", shop);
      }
      UUID log = topic.get("shop").logId();
      long epoch = (Long) offsets.values().iterator().next().get("epoch");
      Files.move(databases.resolve(".walcast"), temporary.resolve("lost"));
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        harness.until("a new log", () -> !topic.get("shop").logId().equals(log));
        awaitEqual(harness, "shop", shop);
      }
      assertThat((Long) offsets.values().iterator().next().get("epoch")).isGreaterThan(epoch);
    }
  }

  @Test
  void anOlderCopyOfTheStateDirectoryStartsANewLog() throws Exception {
    Path state = databases.resolve(".walcast");
    Path backup = temporary.resolve("backup");
    try (SqliteConnection shop = open("shop.db")) {
      shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        awaitEqual(harness, "shop", shop);
        harness.until("all is acknowledged", () -> files(state.resolve("shop/.wal")) == 1);
        copyTree(state, backup);
        insert(shop, 10);
        awaitEqual(harness, "shop", shop);
      }
      UUID log = topic.get("shop").logId();
      long epoch = (Long) offsets.values().iterator().next().get("epoch");
      Files.move(state, temporary.resolve("lost"));
      Files.move(backup, state);
      insert(shop, 10);
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        harness.until("a new log", () -> !topic.get("shop").logId().equals(log));
        awaitEqual(harness, "shop", shop);
        assertThat((Long) status("shop").get("snapshots")).isOne();
      }
      assertThat((Long) offsets.values().iterator().next().get("epoch")).isGreaterThan(epoch);
    }
  }

  @Test
  void theDurableFrameNumberIsKnownAgainAfterARestart() throws Exception {
    try (SqliteConnection shop = open("shop.db")) {
      shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        insert(shop, 10);
        awaitEqual(harness, "shop", shop);
      }
      Long frameNo = topic.get("shop").frameNo();
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        harness.until(
            "the log is open",
            () -> databaseCount() == 1 && frameNo.equals(status("shop").get("committedFrameNo")));
        assertThat(status("shop").get("durableFrameNo")).isEqualTo(frameNo);
        assertThat(status("shop").get("publishedFrameNo")).isEqualTo(frameNo);
      }
    }
  }

  private static int databaseCount() throws Exception {
    return (Integer) attribute("Databases");
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> tree = Files.walk(from)) {
      for (Path path : tree.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  @Test
  void aFileThatIsNoDatabaseDisturbsNoOther() throws Exception {
    Files.writeString(databases.resolve("broken.db"), "this is not a database".repeat(100));
    try (SqliteConnection shop = open("shop.db");
        TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
      shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
      awaitEqual(harness, "shop", shop);
      harness.until("the other is refused", () -> status("broken").get("state").equals("REFUSED"));
      assertThat((String) status("broken").get("reason")).contains("broken.db");
    }
  }

  @Test
  void theDirectoryMayComeLater() throws Exception {
    Files.delete(databases);
    try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
      harness.until("the problem shows", () -> !attribute("ScanProblem").equals(""));
      assertThat((String) attribute("ScanProblem")).contains(databases.toString());
      Files.createDirectory(databases);
      try (SqliteConnection shop = open("shop.db")) {
        shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
        awaitEqual(harness, "shop", shop);
      }
      assertThat(attribute("ScanProblem")).isEqualTo("");
    }
  }

  @Test
  void statusIsOpenDataForAnyClassLoader() throws Exception {
    try (SqliteConnection shop = open("shop.db")) {
      shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        awaitEqual(harness, "shop", shop);
        insert(shop, 5);
        awaitEqual(harness, "shop", shop);
        long frameNo = topic.get("shop").frameNo();
        harness.until(
            "the status follows", () -> status("shop").get("durableFrameNo").equals(frameNo));
        CompositeData row = status("shop");
        assertThat(row.get("state")).isEqualTo("ATTACHED");
        assertThat(row.get("reason")).isEqualTo("");
        assertThat(row.get("committedFrameNo")).isEqualTo(frameNo);
        assertThat(row.get("publishedFrameNo")).isEqualTo(frameNo);
        assertThat(row.get("segmentsWaiting")).isEqualTo(0);
        assertThat((Long) row.get("snapshots")).isOne();
        assertThat((Long) attribute("FramesAcknowledged")).isPositive();
        assertThat((Long) attribute("BytesAcknowledged"))
            .isEqualTo((Long) attribute("FramesAcknowledged") * (68 + 4096));
        assertThat(attribute("Databases")).isEqualTo(1);
        assertThat(attribute("Failing")).isEqualTo(0);
      }
      assertThat(ManagementFactory.getPlatformMBeanServer().isRegistered(beanName())).isFalse();
    }
  }

  @Test
  void aFilteredRecordFailsTheTask() throws Exception {
    try (SqliteConnection shop = open("shop.db")) {
      shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        AtomicReference<SourceRecord> first = new AtomicReference<>();
        while (first.get() == null) {
          var records = harness.task().poll();
          first.set(records == null ? null : records.get(0));
        }
        harness.task().commitRecord(first.get(), null);
        assertThatThrownBy(() -> harness.task().poll())
            .isInstanceOf(ConnectException.class)
            .hasMessageContaining("namespace shop");
      }
    }
  }

  @Test
  void aSnapshotIsPublishedWhenSomebodyAsksForIt() throws Exception {
    try (SqliteConnection shop = open("shop.db")) {
      shop.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
      insert(shop, 20);
      try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
        awaitEqual(harness, "shop", shop);
        harness.until("one snapshot", () -> status("shop").get("snapshots").equals(1L));

        Path request = databases.resolve(".walcast/shop/.snapshot-request");
        Files.createFile(request);
        harness.until("the request has been met", () -> !Files.exists(request));
        assertThat(status("shop").get("snapshots")).isEqualTo(2L);

        assertThat(requestSnapshot("shop")).isEqualTo(true);
        harness.until("another one", () -> status("shop").get("snapshots").equals(3L));
        assertThat(requestSnapshot("nobody/s")).isEqualTo(false);
        assertThat(requestSnapshot("../x")).isEqualTo(false);
        awaitEqual(harness, "shop", shop);
        assertThat((String) attribute("AnnouncementProblem"))
            .as("a test is no worker")
            .contains("kafka.bootstrap.servers");
      }
    }
  }

  private static Object requestSnapshot(String namespace) throws Exception {
    return ManagementFactory.getPlatformMBeanServer()
        .invoke(
            beanName(),
            "requestSnapshot",
            new Object[] {namespace},
            new String[] {String.class.getName()});
  }

  private SqliteConnection open(String name) {
    SqliteConnection connection = sqlite.open(databases.resolve(name));
    connection.queryOne("PRAGMA journal_mode=WAL");
    return connection;
  }

  private static void insert(SqliteConnection connection, int rows) {
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + rows
            + ") INSERT INTO t (v) SELECT randomblob(3000) FROM n");
  }

  /** Waits until replaying the topic gives the database as its application sees it. */
  private void awaitEqual(TaskHarness harness, String namespace, SqliteConnection primary)
      throws IOException {
    var expected = primary.pageImage();
    harness.until(
        namespace + " arrives",
        () -> {
          if (!topic.containsKey(namespace) || topic.get(namespace).segments() == 0) {
            return false;
          }
          Path copy = temporary.resolve("copy-" + copies++ + ".db");
          topic.get(namespace).writeTo(copy);
          return sqlite.pageImage(copy).equals(expected);
        });
  }

  private static CompositeData status(String namespace) throws Exception {
    for (CompositeData row : (CompositeData[]) attribute("Namespaces")) {
      if (row.get("namespace").equals(namespace)) {
        return row;
      }
    }
    throw new AssertionError("no status of " + namespace);
  }

  private static Object attribute(String name) throws Exception {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    return server.getAttribute(beanName(), name);
  }

  private static ObjectName beanName() throws Exception {
    return new ObjectName("io.walcast:type=source-task,connector=test,task=0");
  }

  private static int files(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return (int) entries.count();
    }
  }
}
