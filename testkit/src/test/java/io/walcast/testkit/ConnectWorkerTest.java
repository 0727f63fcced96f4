package io.walcast.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectWorkerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path shared;
  private static EmbeddedBroker broker;

  @TempDir Path dir;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(shared.resolve("broker"));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void aDistributedWorkerComesBackFromAKillWithItsConnectors() throws Exception {
    RoundTrip topic = RoundTrip.createTopic(broker, "lines");
    Path source = Files.writeString(dir.resolve("source.txt"), "one\n");
    try (ConnectWorker worker =
        ConnectWorker.distributed(dir.resolve("worker"), broker.bootstrapServers(), "g1").start()) {
      assertThat(worker.rest().plugins().findValuesAsText("class"))
          .contains("org.apache.kafka.connect.file.FileStreamSourceConnector");
      worker.createConnector("lines", fileSource(source));
      worker.awaitRunning("lines", 1, PATIENCE);
      assertThat(topic.consume(1)).containsExactly("one");
      assertThatThrownBy(() -> worker.createConnector("lines", fileSource(source)))
          .isInstanceOf(ConnectRest.RestException.class)
          .hasMessageContaining("already exists");

      worker.kill();
      assertThat(worker.isAlive()).isFalse();
      worker.start();
      worker.awaitRunning("lines", 1, PATIENCE);

      worker.deleteConnector("lines");
      Eventually.until(
          PATIENCE, "no connectors", () -> worker.rest().send("GET", "/connectors").isEmpty());
      assertThat(worker.logFile()).content().contains("lines");
    }
  }

  @Test
  void aStandaloneWorkerRunsConnectorsFromFiles() throws Exception {
    RoundTrip topic = RoundTrip.createTopic(broker, "file");
    Path source = Files.writeString(dir.resolve("source.txt"), "one\n");
    Path connector =
        Files.writeString(
            dir.resolve("connector.properties"),
            "name=file\nconnector.class=FileStreamSource\ntasks.max=1\ntopic=file\n"
                + "value.converter=org.apache.kafka.connect.storage.StringConverter\nfile="
                + source
                + "\n");
    try (ConnectWorker worker =
        ConnectWorker.standalone(dir.resolve("worker"), broker.bootstrapServers(), connector)
            .start()) {
      worker.awaitRunning("file", 1, PATIENCE);
      assertThat(topic.consume(1)).containsExactly("one");
      assertThat(worker.validate("FileStreamSource", Map.of()).get("error_count").asInt())
          .isPositive();
      worker.stop();
      assertThat(worker.isAlive()).isFalse();
    }
  }

  @Test
  void aWorkerThatCannotStartSaysWhereItsLogIs() {
    assertThatThrownBy(
            () ->
                ConnectWorker.standalone(dir.resolve("worker"), broker.bootstrapServers())
                    .setting("key.converter", "no.such.Converter")
                    .start())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("worker.log");
  }

  private static Map<String, String> fileSource(Path file) {
    return Map.of(
        "connector.class", "FileStreamSource",
        "tasks.max", "1",
        "topic", "lines",
        "value.converter", "org.apache.kafka.connect.storage.StringConverter",
        "file", file.toString());
  }
}
