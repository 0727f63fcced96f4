package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.segment.Namespace;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

class TaskShareTest {

  @Test
  void eachNamespaceHasExactlyOneTask() {
    for (int count : new int[] {1, 2, 3, 7}) {
      int[] owned = new int[count];
      for (int n = 0; n < 1_000; n++) {
        Namespace namespace = new Namespace("tenants/shop-" + n);
        int[] owners =
            IntStream.range(0, count)
                .filter(index -> new TaskShare(index, count).owns(namespace))
                .toArray();
        assertThat(owners).hasSize(1);
        owned[owners[0]]++;
      }
      for (int share : owned) {
        assertThat(share).isGreaterThan(1_000 / count / 2);
      }
    }
  }

  @Test
  void aTaskWithoutANumberFails() {
    assertThatThrownBy(() -> TaskShare.of(Map.of()))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("task.index");
    assertThatThrownBy(() -> TaskShare.of(Map.of("task.index", "2", "task.count", "2")))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("task 2 of 2");
  }
}
