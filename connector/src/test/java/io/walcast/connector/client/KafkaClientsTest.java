package io.walcast.connector.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaClientsTest {

  private static final String DISTRIBUTED = "org.apache.kafka.connect.cli.ConnectDistributed ";

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void writeWorkerProperties() throws IOException {
    file = directory.resolve("a worker's.properties");
    Files.writeString(
        file,
        """
        bootstrap.servers=broker:9092
        group.id=cluster
        security.protocol=SASL_SSL
        sasl.mechanism=PLAIN
        ssl.truststore.location=/trust
        consumer.sasl.mechanism=SCRAM-SHA-256
        consumer.max.poll.records=1
        admin.ssl.truststore.location=/admins
        """);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.apache.kafka.connect.cli.ConnectDistributed %s",
        "org.apache.kafka.connect.cli.ConnectStandalone %s source.json and.more",
        "org.example.Launcher org.apache.kafka.connect.cli.ConnectDistributed %s"
      })
  void connectionAndSecurityAreTheWorkers(String command) {
    KafkaClients clients = KafkaClients.of(Map.of(), command.formatted(file));

    assertThat(clients.problem()).isEmpty();
    assertThat(clients.consumer())
        .isEqualTo(
            Map.of(
                "bootstrap.servers", "broker:9092",
                "security.protocol", "SASL_SSL",
                "sasl.mechanism", "SCRAM-SHA-256",
                "ssl.truststore.location", "/trust"));
    assertThat(clients.admin())
        .isEqualTo(
            Map.of(
                "bootstrap.servers", "broker:9092",
                "security.protocol", "SASL_SSL",
                "sasl.mechanism", "PLAIN",
                "ssl.truststore.location", "/admins"));
  }

  @Test
  void theConnectorOverridesTheWorkerAndOneKindAll() {
    KafkaClients clients =
        KafkaClients.of(
            Map.of(
                "kafka.bootstrap.servers", "other:1",
                "kafka.sasl.mechanism", "GSSAPI",
                "kafka.consumer.fetch.max.bytes", "7",
                "kafka.consumer.sasl.mechanism", "OAUTHBEARER",
                "kafka.admin.retries", "3",
                "topic", "t"),
            DISTRIBUTED + file);

    assertThat(clients.consumer())
        .containsEntry("bootstrap.servers", "other:1")
        .containsEntry("sasl.mechanism", "OAUTHBEARER")
        .containsEntry("fetch.max.bytes", "7")
        .containsEntry("security.protocol", "SASL_SSL")
        .doesNotContainKeys("retries", "topic", "group.id");
    assertThat(clients.admin())
        .containsEntry("bootstrap.servers", "other:1")
        .containsEntry("sasl.mechanism", "GSSAPI")
        .containsEntry("retries", "3")
        .doesNotContainKeys("fetch.max.bytes", "topic");
  }

  @Test
  void theFileCanBeNamed() {
    Map<String, String> connector = Map.of("worker.properties", file.toString());

    assertThat(KafkaClients.of(connector, "org.example.Main").admin())
        .containsEntry("bootstrap.servers", "broker:9092");
  }

  @Test
  void variablesOfConfigurationProvidersAreReplaced() throws Exception {
    Path secrets = directory.resolve("secrets.properties");
    Files.writeString(secrets, "password=secret\n");
    Files.writeString(
        file,
        """
        bootstrap.servers=broker:9092
        config.providers=file
        config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
        ssl.key.password=${file:%s:password}
        """
            .formatted(secrets));

    assertThat(KafkaClients.of(Map.of(), DISTRIBUTED + file).consumer())
        .containsEntry("ssl.key.password", "secret");
  }

  @Test
  void itSaysWhatToSetWhereNoBrokersAreKnown() {
    KafkaClients none = KafkaClients.of(Map.of(), "org.example.Main " + file);
    assertThat(none.problem())
        .hasValueSatisfying(
            problem ->
                assertThat(problem).contains("kafka.bootstrap.servers", "worker.properties"));
    assertThatThrownBy(() -> none.openConsumer("x"))
        .isInstanceOf(IOException.class)
        .hasMessage(none.problem().orElseThrow());

    Path missing = directory.resolve("missing");
    assertThat(
            KafkaClients.of(Map.of("worker.properties", missing.toString()), "org.example.Main")
                .problem())
        .hasValueSatisfying(problem -> assertThat(problem).contains(missing.toString()));
    assertThat(
            KafkaClients.of(Map.of("kafka.bootstrap.servers", "b:1"), "org.example.Main").problem())
        .isEmpty();
  }

  @Test
  void aSettingThatAClientRefusesIsNamed() {
    KafkaClients clients =
        KafkaClients.of(Map.of("kafka.bootstrap.servers", "no port"), "org.example.Main");

    assertThatThrownBy(() -> clients.openAdmin("x"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no port");
  }

  @Test
  void valuesAreCheckedBeforeAnythingIsOpened() {
    assertThatThrownBy(() -> ClientKeys.check(Map.of("kafka.admin.retries", "many")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("kafka.admin.retries");
    ClientKeys.check(Map.of("kafka.my.own.setting", "x", "kafka.consumer.fetch.max.bytes", "1"));

    List<ConfigValue> values = new ArrayList<>();
    Map<String, String> wrong = new HashMap<>(Map.of("kafka.consumer.fetch.max.bytes", "-1"));
    ClientKeys.validate(wrong, values);
    assertThat(values)
        .singleElement()
        .satisfies(
            value -> {
              assertThat(value.name()).isEqualTo("kafka.consumer.fetch.max.bytes");
              assertThat(value.errorMessages()).hasSize(1);
            });
  }
}
