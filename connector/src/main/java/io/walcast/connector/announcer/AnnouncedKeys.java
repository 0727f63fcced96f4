package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementKey;
import io.walcast.connector.storage.AnnouncementIndex;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;

/** The keys under which something is announced of one namespace, damaged or not. */
public final class AnnouncedKeys {

  private AnnouncedKeys() {}

  /**
   * Reads all of the topic of announcements, and closes the consumer.
   *
   * @param framesTopic the topic of frames that they belong to
   * @return none, if there is no such topic
   * @throws IOException naming the topic, if it cannot be read
   */
  public static List<AnnouncementKey> of(
      Namespace namespace, Consumer<byte[], byte[]> consumer, String framesTopic)
      throws IOException {
    String topic = framesTopic + AnnouncementIndex.SUFFIX;
    Keys keys = new Keys(namespace);
    try (AnnouncementReading reading = new AnnouncementReading(consumer, topic, keys)) {
      if (consumer.listTopics().containsKey(topic)) {
        reading.catchUp();
      }
    } catch (KafkaException e) {
      throw new IOException("reading topic " + topic + ": " + e.getMessage(), e);
    }
    return List.copyOf(keys.found);
  }

  private static final class Keys implements AnnouncementReading.Reader {

    private final Namespace namespace;
    private final Set<AnnouncementKey> found = new LinkedHashSet<>();

    Keys(Namespace namespace) {
      this.namespace = namespace;
    }

    @Override
    public void announced(Announcement run) {
      damaged(run.key());
    }

    @Override
    public void damaged(AnnouncementKey key) {
      if (key.namespace().equals(namespace)) {
        found.add(key);
      }
    }

    @Override
    public void retired(AnnouncementKey key) {
      found.remove(key);
    }
  }
}
