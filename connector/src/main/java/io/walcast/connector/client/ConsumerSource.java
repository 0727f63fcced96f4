package io.walcast.connector.client;

import java.io.IOException;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;

/** Opens the consumers that a task has beside the one that Connect runs for it. Thread-safe. */
public interface ConsumerSource {

  /** Why no client can be opened; empty if it is known where the brokers are. */
  Optional<String> problem();

  /**
   * Opens a consumer without a group, for committed records, that does not reset offsets by itself.
   *
   * @param clientId for the brokers' logs and metrics
   * @throws IOException if the settings are not known, or are refused
   */
  Consumer<byte[], byte[]> openConsumer(String clientId) throws IOException;
}
