package io.walcast.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaBrokerTest {
  @TempDir Path dir;

  @Test
  void whateverBrokerIsChosenKeepsRecords() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start(dir)) {
      RoundTrip topic = RoundTrip.createTopic(broker, "t");
      topic.produce("one");
      topic.produce("two");
      assertThat(topic.consume(2)).containsExactly("one", "two");
    }
  }

  @Test
  void aBrokerProcessKeepsItsAddressAndDataThroughKillAndStop() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start(dir)) {
      String address = broker.bootstrapServers();
      RoundTrip topic = RoundTrip.createTopic(broker, "t");
      topic.produce("one");

      broker.kill();
      assertThat(broker.isAlive()).isFalse();
      broker.restart();
      topic.produce("two");

      broker.stop();
      assertThat(broker.isAlive()).isFalse();
      broker.restart();
      assertThat(broker.bootstrapServers()).isEqualTo(address);
      assertThat(topic.consume(2)).containsExactly("one", "two");
    }
  }
}
