package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.Eventually;
import io.walcast.testkit.KafkaBroker;
import io.walcast.testkit.SqliteConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each bad input gets an error that names the culprit, and all other namespaces go on. */
class BadInputIT {

  @TempDir static Path brokerDirectory;
  @TempDir Path directory;

  private static KafkaBroker broker;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.start(brokerDirectory);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    broker.close();
  }

  @Test
  void hostileNamesAndDamagedValuesStopNobodyElse() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "hostile-records", broker)) {
      pipeline.simpleDatabase("good");
      pipeline.simpleDatabase("damaged");
      pipeline.createConnectors();
      pipeline.assertReplicaBecomesEqual("good");
      pipeline.assertReplicaBecomesEqual("damaged");

      send(pipeline, "../../escaped", new byte[100]);
      pipeline.awaitLogged("ERROR", "../../escaped");
      send(pipeline, "damaged", "not a frame".getBytes(StandardCharsets.UTF_8));
      pipeline.awaitLogged("ERROR", "damaged", "hostile-records-");

      try (SqliteConnection connection = pipeline.oracle().open(pipeline.database("good"))) {
        connection.execute("INSERT INTO t(v) VALUES ('after the bad records')");
      }
      pipeline.assertReplicaBecomesEqual("good");
      try (var files = Files.walk(directory)) {
        assertThat(files.map(f -> f.getFileName().toString()))
            .noneMatch(name -> name.contains("escaped"));
      }
    }
  }

  /** As Connect users expect it, but for one thing: nothing of the namespace is skipped. */
  @Test
  void aDeadLetterQueueGetsWhatIsWrongAndTheNamespaceStandsStill() throws Exception {
    String queue = "dead-letters";
    try (Pipeline pipeline = Pipeline.start(directory, "dead", broker)) {
      pipeline.simpleDatabase("good");
      pipeline.simpleDatabase("damaged");
      pipeline.createSource(Map.of());
      pipeline.createSink(
          Map.of(
              "errors.tolerance", "all",
              "errors.deadletterqueue.topic.name", queue,
              "errors.deadletterqueue.topic.replication.factor", "1",
              "errors.deadletterqueue.context.headers.enable", "true"));
      pipeline.assertReplicaBecomesEqual("good");
      pipeline.assertReplicaBecomesEqual("damaged");
      String before = pipeline.oracle().dumpHash(pipeline.replica("damaged"));

      byte[] wrong = "not a frame".getBytes(StandardCharsets.UTF_8);
      send(pipeline, "damaged", wrong);
      ConsumerRecord<byte[], byte[]> letter = first(queue);
      assertThat(letter.key()).isEqualTo("damaged".getBytes(StandardCharsets.UTF_8));
      assertThat(letter.value()).isEqualTo(wrong);
      String letterOrigin =
          pipeline.topic() + "-" + header(letter, "partition") + "@" + header(letter, "offset");
      assertThat(header(letter, "exception.message"))
          .contains(letterOrigin, "shorter than a frame header");

      for (String namespace : List.of("damaged", "good")) {
        try (SqliteConnection connection = pipeline.oracle().open(pipeline.database(namespace))) {
          connection.execute("INSERT INTO t(v) VALUES ('after it')");
        }
      }
      pipeline.assertReplicaBecomesEqual("good");
      assertThat(pipeline.oracle().dumpHash(pipeline.replica("damaged"))).isEqualTo(before);
    }
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(
        letter.headers().lastHeader("__connect.errors." + name).value(), StandardCharsets.UTF_8);
  }

  private static ConsumerRecord<byte[], byte[]> first(String topic) {
    Map<String, Object> config =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers(),
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest",
            ConsumerConfig.GROUP_ID_CONFIG, "letters");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(topic));
      return Eventually.until(
              Pipeline.PATIENCE,
              "a record in " + topic,
              () -> consumer.poll(Duration.ofMillis(200)),
              records -> !records.isEmpty())
          .iterator()
          .next();
    }
  }

  private static void send(Pipeline pipeline, String key, byte[] value) throws Exception {
    Map<String, Object> config =
        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer
          .send(new ProducerRecord<>(pipeline.topic(), key.getBytes(StandardCharsets.UTF_8), value))
          .get();
    }
  }

  @Test
  void aTruncatedSegmentIsNamedAndItsNamespaceHealsWhileOthersGoOn() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "truncated", broker)) {
      pipeline.simpleDatabase("other");
      Path primary = pipeline.simpleDatabase("cut");
      try (SqliteConnection application = pipeline.oracle().open(primary)) {
        application.execute("INSERT INTO t(v) VALUES ('open')");
        pipeline.createConnectors();
        pipeline.assertReplicaBecomesEqual("cut");
        pipeline.worker().kill();
        Path segment = newestSegment(pipeline, "cut");
        try (var channel = java.nio.channels.FileChannel.open(segment, StandardOpenOption.WRITE)) {
          channel.truncate(10);
        }
        pipeline.worker().start();
        pipeline.awaitLogged(segment.getFileName().toString());
        application.execute("INSERT INTO t(v) VALUES ('later')");
        try (SqliteConnection other = pipeline.oracle().open(pipeline.database("other"))) {
          other.execute("INSERT INTO t(v) VALUES ('goes on')");
        }
        pipeline.assertReplicaBecomesEqual("other");
      }
    }
  }

  private static Path newestSegment(Pipeline pipeline, String namespace) throws Exception {
    Path wal = pipeline.databases().resolve(".walcast").resolve(namespace).resolve(".wal");
    try (var files = Files.list(wal)) {
      return files.filter(f -> f.toString().endsWith(".seg")).max(Path::compareTo).orElseThrow();
    }
  }

  @Test
  void missingDirectoriesAreRefusedByNameAndOneThatVanishesIsWaitedFor() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "missing", broker)) {
      String missing = directory.resolve("nowhere").toString();
      assertThat(
              pipeline
                  .worker()
                  .validate(
                      "io.walcast.connector.source.WalSourceConnector",
                      Map.of("name", "x", "tasks.max", "1", "databases.directory", missing))
                  .toString())
          .contains(missing);
      pipeline.simpleDatabase("db");
      pipeline.createConnectors();
      pipeline.assertReplicaBecomesEqual("db");
      Path moved = directory.resolve("moved");
      Files.move(pipeline.databases(), moved);
      pipeline.awaitLogged("ERROR", pipeline.databases().toString());
      Files.move(moved, pipeline.databases());
      pipeline.simpleDatabase("new");
      pipeline.assertReplicaBecomesEqual("new");
    }
  }

  @Test
  void aDatabaseThatIsNotInWalModeIsNamedAndTakenOnceItIs() throws Exception {
    try (Pipeline pipeline = Pipeline.start(directory, "modes", broker)) {
      pipeline.simpleDatabase("good");
      Path rollback = pipeline.database("rollback");
      try (SqliteConnection connection = pipeline.oracle().open(rollback)) {
        connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
        Files.writeString(
            pipeline.databases().resolve("text.db"),
            "this is no database at all, but it has a length of more than a hundred bytes, as a header would have");
        pipeline.createConnectors();
        pipeline.assertReplicaBecomesEqual("good");
        pipeline.awaitLogged("rollback.db", "WAL mode");
        pipeline.awaitLogged("text.db");
        Eventually.until(
            Pipeline.PATIENCE,
            "the journal mode is wal",
            () -> List.of("wal").contains(connection.queryOne("PRAGMA journal_mode=WAL")));
        connection.execute("INSERT INTO t(v) VALUES (1)");
        pipeline.assertReplicaBecomesEqual("rollback");
      }
    }
  }
}
