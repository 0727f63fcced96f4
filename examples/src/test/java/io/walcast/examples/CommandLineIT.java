package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.walcast.connector.cli.WalcastCommand;
import io.walcast.segment.Namespace;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.KafkaBroker;
import io.walcast.testkit.PageImage;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person gets out of a topic with the command line, judged by stock SQLite. */
class CommandLineIT {

  private static final int POINTS = 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path brokerDirectory;
  @TempDir Path directory;

  private static KafkaBroker broker;

  private record Point(Instant time, PageImage image) {}

  private record Run(int exitCode, String out, String err) {
    JsonNode json() throws Exception {
      return JSON.readTree(out);
    }
  }

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.start(brokerDirectory);
  }

  @AfterAll
  static void stopBroker() throws Exception {
    broker.close();
  }

  @Test
  void aDatabaseIsRestoredAsItWasAtAnyTime() throws Exception {
    long seed = Long.getLong("walcast.seed", new Random().nextLong());
    System.out.println("CommandLineIT: -Dwalcast.seed=" + seed);
    Random random = new Random(seed);
    try (Pipeline pipeline = Pipeline.start(directory, "restore", broker)) {
      Path primary = pipeline.simpleDatabase("app");
      pipeline.simpleDatabase("other");
      pipeline.createConnectors();
      List<Point> points = new ArrayList<>();
      try (SqliteConnection writer = pipeline.oracle().open(primary)) {
        for (int i = 0; i < POINTS; i++) {
          change(writer, random);
          pipeline.assertReplicaBecomesEqual("app"); // so it was sealed before the time is taken
          points.add(new Point(Instant.now(), pipeline.oracle().pageImage(primary)));
        }
        change(writer, random);
      }
      pipeline.assertReplicaBecomesEqual("app");
      pipeline.assertReplicaBecomesEqual("other");
      for (int i = 0; i < POINTS; i++) {
        Path restored = directory.resolve("restored-" + i + ".db");
        Run run =
            walcast(
                "restore",
                "--json",
                "--namespace",
                "app",
                "--to",
                restored.toString(),
                "--timestamp",
                points.get(i).time().toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.json().get("checked").asText()).isEqualTo("checksum");
        assertThat(pipeline.oracle().pageImage(restored)).isEqualTo(points.get(i).image());
        assertThat(pipeline.oracle().integrityCheck(restored)).isEmpty();
      }
      showsHowFarTheReplicasAre(pipeline.replicas());
      Path newest = directory.resolve("newest.db");
      assertThat(walcast("restore", "--namespace", "app", "--to", newest.toString()).exitCode())
          .isZero();
      assertThat(pipeline.oracle().pageImage(newest))
          .isEqualTo(pipeline.oracle().pageImage(primary));
      deletesWhatNobodyCaptures(pipeline);
    }
    listsAndVerifies();
    refusesWhatCannotBe();
  }

  private void showsHowFarTheReplicasAre(Path replicas) throws Exception {
    Run status = walcast("status", "--json", "--directory", replicas.toString());
    assertThat(status.exitCode()).as(status.err()).isZero();
    for (String line : status.out().lines().toList()) {
      JsonNode row = JSON.readTree(line);
      assertThat(row.get("replica").asText()).as(line).isEqualTo("current");
      assertThat(row.get("applied")).isEqualTo(row.get("frame"));
      assertThat(row.get("lagFrames").asLong()).isZero();
      assertThat(row.get("lagMs").asLong()).isZero();
    }
    Run missing = walcast("status", "--namespace", "app", "--directory", directory.toString());
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.out()).contains("missing");
  }

  private void deletesWhatNobodyCaptures(Pipeline pipeline) throws Exception {
    pipeline.simpleDatabase("left");
    pipeline.simpleDatabase("kept");
    pipeline.createSink(Map.of("delete.enabled", "true"));
    pipeline.assertReplicaBecomesEqual("left");
    pipeline.assertReplicaBecomesEqual("kept");
    AnnouncedTopic topic = new AnnouncedTopic(broker.bootstrapServers(), pipeline.topic());
    topic.awaitComplete(Pipeline.PATIENCE);
    pipeline.createSource(Map.of("databases.exclude.glob", "{left,kept}.db"));
    int announced = topic.announced().get(new Namespace("left")).size();

    Run deleted = walcast("delete", "--json", "--namespace", "left");
    assertThat(deleted.exitCode()).as(deleted.err()).isZero();
    assertThat(deleted.json().get("retired").asInt()).isEqualTo(announced);
    assertThat(deleted.json().get("deleted").asBoolean()).isTrue();
    Eventually.until(
        Pipeline.PATIENCE, "its replica is gone", () -> !Files.exists(pipeline.replica("left")));
    Run kept = walcast("delete", "--namespace", "kept", "--keep-replicas");
    assertThat(kept.exitCode()).as(kept.err()).isZero();
    assertThat(kept.out()).doesNotContain("offset");
    assertThat(pipeline.replica("kept")).exists();
    assertThat(topic.announced()).containsOnlyKeys(new Namespace("app"), new Namespace("other"));
    assertThat(walcast("list").out()).as("its records are there").contains("kept");
    assertThat(walcast("delete", "--namespace", "kept").exitCode()).isZero();
    Run again = walcast("delete", "--namespace", "left");
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("no left in restore");
    assertThat(walcast("delete").exitCode()).isEqualTo(2);
  }

  private static void change(SqliteConnection writer, Random random) {
    switch (random.nextInt(4)) {
      case 0 -> writer.execute("DELETE FROM t WHERE id % 3 = 0");
      case 1 -> writer.execute("VACUUM");
      default ->
          writer.execute(
              "INSERT INTO t(v) VALUES (randomblob(" + (1 + random.nextInt(30_000)) + "))");
    }
  }

  private void listsAndVerifies() throws Exception {
    Run list = walcast("list", "--json");
    assertThat(list.exitCode()).as(list.err()).isZero();
    assertThat(list.out().lines().count()).isEqualTo(2);
    JsonNode app = JSON.readTree(list.out().lines().findFirst().orElseThrow());
    assertThat(app.get("namespace").asText()).isEqualTo("app");
    assertThat(app.get("snapshots").asInt()).isPositive();
    Run verify = walcast("verify", "--json", "--directory", directory.toString());
    assertThat(verify.exitCode()).as(verify.err()).isZero();
    assertThat(verify.out().lines().map(CommandLineIT::result))
        .containsExactly("checked", "checked");
    assertThat(walcast("list").out()).contains("namespace").contains("app").contains("other");
  }

  private static String result(String line) {
    try {
      return JSON.readTree(line).get("result").asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void refusesWhatCannotBe() throws Exception {
    Path there = Files.writeString(directory.resolve("there.db"), "precious");
    Run exists = walcast("restore", "--namespace", "app", "--to", there.toString());
    assertThat(exists.exitCode()).isEqualTo(1);
    assertThat(exists.err()).contains(there.toString()).contains("--force");
    assertThat(there).hasContent("precious");
    Run unknown = walcast("restore", "--namespace", "no-such", "--to", directory + "/x.db");
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.err()).contains("no-such");
    Run early =
        walcast(
            "restore",
            "--namespace",
            "app",
            "--to",
            directory + "/x.db",
            "--timestamp",
            "2001-01-01T00:00:00Z");
    assertThat(early.exitCode()).isEqualTo(1);
    assertThat(walcast("restore", "--namespace", "../up", "--to", "x").exitCode()).isEqualTo(2);
    assertThat(walcast("no-such-command").exitCode()).isEqualTo(2);
    damageTheNewestSegmentOf("app");
    Run damaged = walcast("list", "--json");
    assertThat(damaged.exitCode()).isEqualTo(1);
    assertThat(damaged.err()).containsPattern("restore-[0-9]+@[0-9]+").contains("app");
    assertThat(walcast("verify", "--directory", directory.toString()).exitCode()).isZero();
  }

  private void damageTheNewestSegmentOf(String namespace) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer
          .send(new ProducerRecord<>("restore", namespace.getBytes(), new byte[] {1, 2, 3}))
          .get();
    }
  }

  private Run walcast(String command, String... options) {
    List<String> args = new ArrayList<>(List.of(command));
    if (!command.startsWith("no-")) {
      args.addAll(List.of("--bootstrap-server", broker.bootstrapServers(), "--topic", "restore"));
    }
    args.addAll(List.of(options));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        WalcastCommand.run(
            new PrintWriter(out, true), new PrintWriter(err, true), args.toArray(String[]::new));
    return new Run(exitCode, out.toString(), err.toString());
  }
}
