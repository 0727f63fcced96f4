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
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the source does when databases are deleted that another process has written. */
class DeletedDatabaseTest {

  private static SqliteProcess sqlite;

  @TempDir Path temporary;

  private final Map<String, String> settings = new HashMap<>();
  private final Map<String, ReplayedDatabase> topic = new HashMap<>();
  private final Map<Map<String, ?>, Map<String, Object>> offsets = new HashMap<>();
  private Path databases;
  private Path state;
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
    state = temporary.toRealPath().resolve("state");
    settings.put("databases.directory", databases.toString());
    settings.put("state.directory", state.toString());
    settings.put("scan.interval.ms", "20");
    settings.put("database.deleted.after.ms", "100");
  }

  private TaskHarness start(String policy) {
    settings.put("database.deleted", policy);
    return new TaskHarness(settings, topic, offsets);
  }

  @Test
  void byDefaultItsCaptureStopsOnceKafkaHasAll() throws Exception {
    try (TaskHarness harness = new TaskHarness(settings, topic, offsets)) {
      UUID log;
      try (SqliteConnection shop = create("shop.db")) {
        awaitEqual(harness, "shop", shop);
        log = topic.get("shop").logId();
        harness.withholdAcknowledgements();
        insert(shop, 10);
        awaitEqual(harness, "shop", shop);
        insert(shop, 10); // waits in the current segment
        harness.until("all is captured", () -> committed("shop") > topic.get("shop").frameNo() + 9);
        delete("shop.db");
        harness.until("its state is known", () -> state("shop").equals("DELETED"));
        try (SqliteConnection other = create("other.db")) {
          awaitEqual(harness, "other", other); // so it was looked at several times
        }
        assertThat(reason("shop")).contains("being published");
        harness.acknowledgeAgain();
        harness.until("its capture has stopped", () -> reason("shop").contains("has stopped"));
        awaitEqual(harness, "shop", shop);
      }
      assertThat(openBelow(state.resolve("shop"), databases.resolve("shop.db"))).isEmpty();
      assertThat(harness.deletions()).isEmpty();
      assertThat(attribute("Failing")).isEqualTo(0);

      try (SqliteConnection shop = create("shop.db")) {
        awaitEqual(harness, "shop", shop);
        assertThat(topic.get("shop").logId()).as("the log goes on").isEqualTo(log);
      }
    }
  }

  @Test
  void aDeletionIsPublishedAfterAllThatWaits() throws Exception {
    try (TaskHarness harness = start("publish")) {
      UUID log;
      long epoch;
      try (SqliteConnection shop = create("eu/shop.db")) {
        awaitEqual(harness, "eu/shop", shop);
        harness.withholdAcknowledgements();
        insert(shop, 10);
        awaitEqual(harness, "eu/shop", shop);
        insert(shop, 10); // waits in the current segment
        harness.until(
            "all is captured", () -> committed("eu/shop") > topic.get("eu/shop").frameNo() + 9);
        delete("eu/shop.db");
        harness.until("its state is known", () -> state("eu/shop").equals("DELETED"));
        awaitEqual(harness, "eu/shop", shop);
        assertThat(harness.deletions()).as("frames wait for Kafka").isEmpty();
        log = topic.get("eu/shop").logId();
        harness.acknowledgeAgain();
        harness.until("it is published", () -> attribute("Databases").equals(0));
      }
      epoch = epoch("eu/shop");
      assertThat(harness.deletions()).containsExactly("eu/shop");
      assertThat(files(state.resolve("eu/shop"))).containsOnly(".lock", ".deleted");
      assertThat(openBelow(state, databases)).isEmpty();

      try (SqliteConnection shop = create("eu/shop.db")) {
        awaitEqual(harness, "eu/shop", shop);
        assertThat(topic.get("eu/shop").logId()).isNotEqualTo(log);
        assertThat(epoch("eu/shop")).isGreaterThan(epoch);
      }
    }
  }

  @Test
  void whatWasDeletedWhileNoTaskRanIsPublishedByTheNext() throws Exception {
    try (TaskHarness harness = start("publish");
        SqliteConnection shop = create("shop.db");
        SqliteConnection other = create("other.db")) {
      awaitEqual(harness, "shop", shop);
      awaitEqual(harness, "other", other);
      harness.withholdAcknowledgements();
      insert(shop, 10);
      awaitEqual(harness, "shop", shop);
    }
    int skipped = topic.get("shop").skipped();
    ReplayedDatabase replayed = topic.get("shop");
    delete("shop.db");
    try (TaskHarness harness = start("publish")) {
      harness.until("the deletion", () -> !harness.deletions().isEmpty());
      harness.until("all is done", () -> attribute("Databases").equals(1));
      assertThat(harness.deletions()).containsExactly("shop");
      assertThat(replayed.skipped()).as("published again").isGreaterThan(skipped);
    }
  }

  @Test
  void aDeletionThatWasNotAcknowledgedIsPublishedAgain() throws Exception {
    leaveAnUnacknowledgedDeletion();
    try (TaskHarness harness = start("publish")) {
      harness.until("the deletion", () -> harness.deletions().equals(List.of("shop")));
      harness.until("all is done", () -> attribute("Databases").equals(0));
    }
    assertThat(files(state.resolve("shop"))).containsOnly(".lock", ".deleted");
  }

  @Test
  void aDatabaseCreatedAgainBeforeTheAcknowledgementBeginsANewLog() throws Exception {
    UUID log = leaveAnUnacknowledgedDeletion();
    long epoch = epoch("shop");
    try (SqliteConnection shop = create("shop.db");
        TaskHarness harness = start("publish")) {
      awaitEqual(harness, "shop", shop);
      assertThat(harness.deletions()).as("it was replaced, not deleted").isEmpty();
      assertThat(topic.get("shop").logId()).isNotEqualTo(log);
      assertThat(epoch("shop")).isGreaterThan(epoch);
      assertThat(files(state.resolve("shop"))).doesNotContain(".deleted");
    }
  }

  /** Leaves a task killed, so to say, between the two; returns the log. */
  private UUID leaveAnUnacknowledgedDeletion() throws Exception {
    try (TaskHarness harness = start("publish")) {
      UUID log;
      try (SqliteConnection shop = create("shop.db")) {
        awaitEqual(harness, "shop", shop);
        harness.until("all is acknowledged", () -> status("shop").get("segmentsWaiting").equals(0));
        log = topic.get("shop").logId();
        harness.withholdAcknowledgements();
        delete("shop.db");
      }
      harness.until("the deletion", () -> harness.deletions().equals(List.of("shop")));
      create("shop.db").close();
      for (String later : List.of("other", "third")) { // in scans of their own
        try (SqliteConnection other = create(later + ".db")) {
          awaitEqual(harness, later, other);
        }
      }
      assertThat(topic).as("waits for the acknowledgement").doesNotContainKey("shop");
      for (String name : List.of("shop", "other", "third")) {
        delete(name + ".db");
      }
      Files.delete(state.resolve("other/.home")); // nobody's business from now on
      Files.delete(state.resolve("third/.home"));
      return log;
    }
  }

  @Test
  void whatAnotherDirectoryTookAwayIsNotDeleted() throws Exception {
    try (TaskHarness harness = start("publish");
        SqliteConnection shop = create("shop.db");
        SqliteConnection bank = create("eu/bank.db")) {
      awaitEqual(harness, "shop", shop);
      awaitEqual(harness, "eu/bank", bank);
      Files.move(databases.resolve("eu"), temporary.resolve("eu"));
      Files.createDirectory(databases.resolve("eu"));
      awaitDeletionOf("first", harness);

      Files.move(databases, temporary.resolve("data-before"));
      Files.createDirectory(databases);
      awaitDeletionOf("second", harness);
      assertThat(harness.deletions()).containsExactly("first", "second");
    }
    try (TaskHarness harness = start("publish")) {
      awaitDeletionOf("third", harness);
      assertThat(harness.deletions()).containsExactly("third");
      assertThat(topic).containsOnlyKeys("shop", "eu/bank");
    }
  }

  @Test
  void aFilteredDeletionFailsTheTask() throws Exception {
    try (TaskHarness harness = start("publish")) {
      try (SqliteConnection shop = create("shop.db")) {
        awaitEqual(harness, "shop", shop);
        harness.until("all is acknowledged", () -> status("shop").get("segmentsWaiting").equals(0));
      }
      delete("shop.db");
      SourceRecord deletion = null;
      while (deletion == null) {
        List<SourceRecord> polled = harness.task().poll();
        for (SourceRecord each : polled == null ? List.<SourceRecord>of() : polled) {
          if (each.value() == null) {
            deletion = each;
          } else {
            harness.acknowledge(each);
          }
        }
      }
      harness.task().commitRecord(deletion, null);
      assertThatThrownBy(() -> harness.task().poll())
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("deletion of namespace shop");
    }
  }

  /** Once it is published, so would that of others be which were gone before. */
  private void awaitDeletionOf(String namespace, TaskHarness harness) throws Exception {
    try (SqliteConnection canary = create(namespace + ".db")) {
      awaitEqual(harness, namespace, canary);
    }
    delete(namespace + ".db");
    harness.until("its deletion", () -> harness.deletions().contains(namespace));
  }

  private SqliteConnection create(String name) throws IOException {
    Files.createDirectories(databases.resolve(name).getParent());
    SqliteConnection connection = sqlite.open(databases.resolve(name));
    connection.queryOne("PRAGMA journal_mode=WAL");
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
    insert(connection, 20);
    return connection;
  }

  private void delete(String name) throws IOException {
    for (String suffix : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(databases.resolve(name + suffix));
    }
  }

  private static void insert(SqliteConnection connection, int rows) {
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + rows
            + ") INSERT INTO t (v) SELECT randomblob(3000) FROM n");
  }

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

  /** Descriptors of this process on files whose paths begin like this. */
  private static List<String> openBelow(Path... beginnings) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .map(DeletedDatabaseTest::target)
          .filter(file -> Stream.of(beginnings).anyMatch(each -> file.startsWith(each.toString())))
          .filter(file -> !file.contains("inotify"))
          .toList();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "closed since: " + e.getMessage();
    }
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      return tree.filter(Files::isRegularFile).map(f -> f.getFileName().toString()).toList();
    }
  }

  private long epoch(String namespace) {
    return (Long) offsets.get(Map.of("namespace", namespace)).get("epoch");
  }

  private static long committed(String namespace) throws Exception {
    return (Long) status(namespace).get("committedFrameNo");
  }

  private static String state(String namespace) throws Exception {
    return (String) status(namespace).get("state");
  }

  private static String reason(String namespace) throws Exception {
    return (String) status(namespace).get("reason");
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
    return ManagementFactory.getPlatformMBeanServer()
        .getAttribute(new ObjectName("io.walcast:type=source-task,connector=test,task=0"), name);
  }
}
