package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementJson;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.testkit.EmbeddedBroker;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.roaringbitmap.RoaringBitmap;

/** Replicas that get to what is announced by reading the newest version of each page. */
class SyncTest {

  private static final long RECORD = FrameRecord.HEADER_BYTES + Primary.PAGE_SIZE;

  private static final long FETCH_BYTES = 128 << 10;

  @TempDir static Path brokerDirectory;
  @TempDir Path directory;

  private static EmbeddedBroker broker;
  private static SqliteProcess process;

  private SyncTopic topic;
  private Primary primary;
  private Path replicas;

  @BeforeAll
  static void start() {
    process = SqliteProcess.start();
    broker = EmbeddedBroker.start(brokerDirectory);
  }

  @AfterAll
  static void stop() {
    broker.close();
    process.close();
  }

  @BeforeEach
  void open(TestInfo test) throws Exception {
    topic =
        new SyncTopic(
            broker.bootstrapServers(),
            test.getTestMethod().orElseThrow().getName()
                + test.getDisplayName().replaceAll("[^A-Za-z0-9]", ""));
    primary = new Primary(process, directory.resolve("a.db"));
    replicas = directory.resolve("replicas");
  }

  @AfterEach
  void close() {
    primary.close();
    topic.close();
  }

  private void history(String namespace, Primary of, int segments) throws IOException {
    topic.publish(namespace, of.snapshot());
    for (int i = 0; i < segments; i++) {
      change(namespace, of);
    }
  }

  private void change(String namespace, Primary of) throws IOException {
    of.sql.execute("UPDATE t SET v = randomblob(300)");
    topic.publish(namespace, of.changes());
  }

  private SyncedTask task(long from) {
    return task(from, Map.of());
  }

  private SyncedTask task(long from, Map<String, String> extra) {
    return new SyncedTask(topic, replicas, from, extra);
  }

  private void assertEqual(SyncedTask task, String namespace, Primary to) {
    task.awaitApplied(namespace, to.lastFrameNo);
    Path replica = replicas.resolve(namespace + ".db");
    assertThat(process.pageImage(replica)).as(namespace).isEqualTo(to.image());
    assertThat(process.integrityCheck(replica)).isEmpty();
    assertThat(task.status(namespace).orElseThrow().state()).isEqualTo("FOLLOWING");
  }

  @Test
  void aFreshReplicaCostsItsDatabaseAndNotItsHistory() throws Exception {
    primary.insert(2_000);
    history("a", primary, 20);
    topic.announce("a");
    long databaseBytes = topic.end() * RECORD / 21;
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isEqualTo(1);
      // A batch that was on its way before the task said where to go on may come as well.
      change("a", primary);
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isEqualTo(1);
      assertThat(task.status("a").orElseThrow().skippedSegments()).isLessThan(31);
      while (task.committable() < topic.end()) {
        task.poll();
      }
      // Pages that no update touches are apart from each other by less than it costs to seek.
      assertThat(task.syncedBytes()).isBetween(databaseBytes, 2 * databaseBytes + FETCH_BYTES * 2);
    }
  }

  @Test
  void aReplicaThatWasStoppedReadsWhatIsNew() throws Exception {
    primary.insert(2_000);
    history("a", primary, 10);
    topic.announce("a");
    long committed;
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
      while (task.committable() < topic.end()) {
        task.poll();
      }
      committed = task.committable();
    }
    for (int i = 0; i < 10; i++) {
      primary.sql.execute("UPDATE t SET v = randomblob(300) WHERE id = 1");
      topic.publish("a", primary.changes());
    }
    topic.announce("a");
    long news = topic.end() - committed;
    try (SyncedTask task = task(committed)) {
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isEqualTo(1);
      assertThat(task.syncedBytes()).isBetween(news * RECORD, news * RECORD + FETCH_BYTES);
    }
  }

  @Test
  void namespacesOfOnePartitionGoOnTogether() throws Exception {
    long seed = Long.getLong("walcast.seed", new Random().nextLong());
    System.out.println("SyncTest: -Dwalcast.seed=" + seed);
    Random random = new Random(seed);
    String[] names = {"a", "idle", "b", "sub/c", "untold"};
    List<Primary> primaries = new ArrayList<>(List.of(primary));
    for (int i = 1; i < names.length; i++) {
      primaries.add(new Primary(process, directory.resolve("p" + i + ".db")));
    }
    for (int i = 0; i < names.length; i++) {
      topic.publish(names[i], primaries.get(i).snapshot());
    }
    for (int step = 0; step < 60; step++) {
      int i = random.nextInt(names.length);
      if (!names[i].equals("idle")) {
        change(names[i], primaries.get(i));
      }
    }
    topic.announce("a", "idle", "b", "sub/c");
    change("b", primaries.get(2)); // which is not announced
    try (SyncedTask task = task(0)) {
      for (int i = 0; i < 4; i++) {
        assertEqual(task, names[i], primaries.get(i));
      }
      assertThat(task.syncs()).isEqualTo(4);
      for (int i = 0; i < names.length; i++) {
        change(names[i], primaries.get(i)); // also of the one that was passed over
      }
      for (int i = 0; i < names.length; i++) {
        assertEqual(task, names[i], primaries.get(i));
      }
      while (task.committable() < topic.end()) {
        task.poll();
      }
    }
    primaries.subList(1, primaries.size()).forEach(Primary::close);
  }

  @Test
  void aGapIsFilledFromWhatIsAnnounced() throws Exception {
    history("a", primary, 2);
    topic.announce("a");
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
    }
    change("a", primary);
    long end = topic.end();
    topic.announce("a"); // but the consumer has passed it, with another sink's group
    change("a", primary);
    try (SyncedTask task = task(end, Map.of(WalSinkConfig.SYNC_MIN_BYTES, "100000000"))) {
      task.context.rewinds.clear(); // so that it meets the gap
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isEqualTo(1);
    }
  }

  @Test
  void aReplicaThatDivergedIsHealedWithoutASnapshot() throws Exception {
    history("a", primary, 2);
    topic.announce("a");
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
      try (var writer = process.open(replicas.resolve("a.db"))) {
        writer.execute("DELETE FROM t WHERE id < 10");
      }
      change("a", primary);
      topic.announce("a");
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isEqualTo(2);
      change("a", primary);
      assertEqual(task, "a", primary);
    }
  }

  @Test
  void shrunkenAndRebornDatabasesComeThrough() throws Exception {
    primary.insert(400);
    history("a", primary, 3);
    topic.announce("a");
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
    }
    primary.sql.execute("DELETE FROM t WHERE id > 30");
    primary.sql.execute("VACUUM");
    topic.publish("a", primary.changes(500));
    topic.announce("a");
    try (SyncedTask task = task(0)) { // goes on from what it has
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isEqualTo(1);
    }
    Path first = replicas;
    replicas = directory.resolve("second");
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isEqualTo(1);
    }
    replicas = first;
    primary.logId = UUID.randomUUID();
    primary.epoch++;
    history("a", primary, 2);
    topic.announce("a");
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isEqualTo(1);
    }
  }

  /**
   * Of pages of the one size, then of the other: through both, replicas that exist and new ones.
   */
  @ParameterizedTest
  @CsvSource({"512, 65536", "65536, 512"})
  void databasesOfEachPageSizeComeThroughAndAreBornAgainWithAnother(int first, int second)
      throws Exception {
    try (Primary before = new Primary(process, directory.resolve("before.db"), first);
        Primary after = new Primary(process, directory.resolve("after.db"), second)) {
      before.insert(200);
      history("a", before, 3);
      topic.announce("a");
      assertSynced(before);
      before.sql.execute("DELETE FROM t WHERE id > 20");
      before.sql.execute("VACUUM");
      topic.publish("a", before.changes(100));
      topic.announce("a");
      assertSynced(before);
      after.epoch = before.epoch + 1;
      after.insert(100);
      history("a", after, 3);
      topic.announce("a");
      assertSynced(after);
      replicas = directory.resolve("new");
      assertSynced(after);
    }
  }

  private void assertSynced(Primary to) {
    try (SyncedTask task = task(0)) {
      task.await("a", s -> s.epoch() == to.epoch && s.appliedFrame() == to.lastFrameNo);
      assertEqual(task, "a", to);
      assertThat(task.syncs()).isEqualTo(1);
    }
  }

  @Test
  void whatWasDeletedFromTheTopicIsNotMissed() throws Exception {
    history("a", primary, 5);
    topic.announce("a");
    change("a", primary);
    List<byte[]> snapshot = primary.snapshot();
    topic.publish("a", snapshot);
    topic.deleteAllBut(snapshot.size()); // all that is announced is gone
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isZero();
    }
    topic.announce("a");
    replicas = directory.resolve("second");
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
    }
  }

  @Test
  void wrongAnnouncementsDoNoHarm() throws Exception {
    history("a", primary, 5);
    topic.announce("a");
    topic.announceRaw("nonsense", "{}".getBytes(StandardCharsets.UTF_8));
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
    }
    Announcement lie = AnnouncementJson.decode(lie());
    topic.announceRaw(lie.key().toString(), AnnouncementJson.encode(lie));
    replicas = directory.resolve("second");
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isZero();
    }
  }

  /** The announcement of a snapshot that is not there. */
  private byte[] lie() {
    String json =
        """
        {"version":1,"namespace":"a","logId":"%s","epoch":1,"startFrame":%d,"endFrame":%d,
        "sealedAt":1,"pageSize":1024,"sizeAfter":3,"snapshot":true,"segments":1,"records":1,
        "partition":0,"firstOffset":3,"lastOffset":3,"pages":"%s"}"""
            .formatted(primary.logId, primary.lastFrameNo + 1, primary.lastFrameNo + 5, onePage());
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private static String onePage() {
    RoaringBitmap pages = RoaringBitmap.bitmapOf(1);
    ByteBuffer bytes = ByteBuffer.allocate(pages.serializedSizeInBytes());
    pages.serialize(bytes);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  @Test
  void withoutAnnouncementsOrClientsTheTopicIsReplayed() throws Exception {
    history("a", primary, 3);
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isZero();
    }
    topic.announce("a");
    replicas = directory.resolve("second");
    try (SyncedTask task =
        task(
            0,
            Map.of(
                "kafka.bootstrap.servers",
                "localhost:1",
                "kafka.consumer.default.api.timeout.ms",
                "1000"))) {
      assertThat(Files.isDirectory(replicas)).isTrue();
      assertEqual(task, "a", primary);
      assertThat(task.syncs()).isZero();
    }
  }

  @Test
  void aSyncThatIsCutOffBeginsAgain() throws Exception {
    history("a", primary, 20);
    topic.announce("a");
    for (int polls = 0; polls < 4; polls++) {
      try (SyncedTask task = task(0)) {
        for (int i = 0; i < polls; i++) {
          task.poll();
        }
      }
    }
    try (SyncedTask task = task(0)) {
      assertEqual(task, "a", primary);
    }
  }
}
