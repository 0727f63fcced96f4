package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import javax.management.openmbean.CompositeData;
import org.junit.jupiter.api.Test;

class SinkTaskStatusTest {

  @Test
  void replicasCanBeReadWithoutAnyClassOfWalcast() throws Exception {
    WalSinkConfig config =
        new WalSinkConfig(
            Map.of("name", "a, strange name", "replicas.directory", "/tmp", "topics", "t"));
    ReplicaStatus status =
        new ReplicaStatus("shop/orders", "FOLLOWING", "", 9, 8, 7, 6, 5, 4, 3);
    SinkTaskStatus registered =
        SinkTaskStatus.register(config, () -> List.of(status), () -> 0, () -> 0, () -> false);
    try {
      CompositeData[] rows =
          (CompositeData[])
              ManagementFactory.getPlatformMBeanServer()
                  .getAttribute(
                      SinkTaskStatus.objectName("a, strange name", 0), "Replicas");

      assertThat(rows).hasSize(1);
      assertThat(rows[0].get("namespace")).isEqualTo("shop/orders");
      assertThat(rows[0].get("state")).isEqualTo("FOLLOWING");
      assertThat(rows[0].get("receivedFrame")).isEqualTo(9L);
      assertThat(rows[0].get("appliedFrame")).isEqualTo(8L);
      assertThat(rows[0].get("lastAppliedSealedAtMs")).isEqualTo(5L);
    } finally {
      registered.close();
    }
  }
}
