package io.walcast.connector.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.announcer.AnnouncedKeys;
import io.walcast.connector.storage.AnnouncementIndex;
import io.walcast.connector.storage.FrameTopic;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Ends, in the topic, a database that nobody captures any more. */
@Command(
    name = "delete",
    description = {
      "Deletes a database that no source captures any more from the topic: retires what is"
          + " announced of it, so that its records are pruned, and writes the record that deletes"
          + " its replicas, where sinks allow it. What a source still captures comes back with its"
          + " next snapshot."
    },
    mixinStandardHelpOptions = true)
final class DeleteCommand implements Callable<Integer> {

  @Mixin private TopicOptions topic;
  @Mixin private Output output;

  @Option(names = "--namespace", required = true, description = "The database.")
  private Namespace namespace;

  @Option(
      names = "--keep-replicas",
      description = "Only retire what is announced; replicas stay as they are.")
  private boolean keepReplicas;

  @Override
  public Integer call() throws IOException {
    List<AnnouncementKey> keys = AnnouncedKeys.of(namespace, topic.consumer(), topic.name());
    if (keys.isEmpty() && !isInTopic()) {
      throw new IOException("there is no " + namespace + " in " + topic.name());
    }
    ObjectNode row = Output.object();
    row.put("namespace", namespace.name());
    try (KafkaProducer<byte[], byte[]> producer = topic.producer()) {
      for (AnnouncementKey key : keys) {
        write(producer, topic.name() + AnnouncementIndex.SUFFIX, key.encode());
      }
      row.put("retired", keys.size());
      row.put("deleted", !keepReplicas);
      if (!keepReplicas) { // last: who repeats a command that failed finds what is left to do
        RecordMetadata written =
            write(producer, topic.name(), namespace.name().getBytes(StandardCharsets.UTF_8));
        row.put("partition", written.partition());
        row.put("offset", written.offset());
      }
    }
    output.fields(row);
    return WalcastCommand.OK;
  }

  private boolean isInTopic() throws IOException {
    try (FrameTopic frames = topic.open()) {
      return topic.contents(frames).index().namespaces().contains(namespace);
    }
  }

  private static RecordMetadata write(KafkaProducer<byte[], byte[]> producer, String to, byte[] key)
      throws IOException {
    try {
      return producer.send(new ProducerRecord<>(to, key, null)).get();
    } catch (ExecutionException e) {
      throw new IOException("writing to " + to + ": " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("writing to " + to + " was interrupted", e);
    }
  }
}
