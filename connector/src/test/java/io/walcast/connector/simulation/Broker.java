package io.walcast.connector.simulation;

import io.walcast.connector.storage.AnnouncementIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;

/** The topic of frames and that of their announcements. For one thread. */
final class Broker {

  static final String FRAMES = "frames";
  static final String ANNOUNCEMENTS = FRAMES + AnnouncementIndex.SUFFIX;

  private final List<Partition> frames = new ArrayList<>();
  private final List<Partition> announcements = List.of(new Partition());

  Broker(int partitions) {
    for (int i = 0; i < partitions; i++) {
      frames.add(new Partition());
    }
  }

  Partition frames(int partition) {
    return frames.get(partition);
  }

  Partition announcements() {
    return announcements.get(0);
  }

  List<TopicPartition> framePartitions() {
    return partitions(FRAMES);
  }

  List<TopicPartition> partitions(String topic) {
    return IntStream.range(0, of(topic).size())
        .mapToObj(partition -> new TopicPartition(topic, partition))
        .toList();
  }

  Partition at(TopicPartition partition) {
    return of(partition.topic()).get(partition.partition());
  }

  private List<Partition> of(String topic) {
    return topic.equals(FRAMES) ? frames : announcements;
  }
}
