package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.segment.Namespace;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;

class SourcePositionTest {

  private static final Namespace SHOP = new Namespace("shop");

  @Test
  void comesBackFromConnectsOffsets() {
    UUID log = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    SourcePosition position = new SourcePosition(1L << 40, log, -2);

    assertThat(SourcePosition.partition(SHOP)).isEqualTo(Map.of("namespace", "shop"));
    assertThat(position.toOffset())
        .isEqualTo(
            Map.of(
                "frame",
                1L << 40,
                "log",
                "00112233-4455-6677-8899-aabbccddeeff",
                "epoch",
                4294967294L));
    assertThat(SourcePosition.fromOffset(SHOP, position.toOffset())).contains(position);
  }

  @Test
  void smallNumbersMayComeBackAsInts() {
    Map<String, Object> offset = new HashMap<>();
    offset.put("frame", 5);
    offset.put("epoch", 1);
    offset.put("log", new UUID(1, 2).toString());
    assertThat(SourcePosition.fromOffset(SHOP, offset))
        .contains(new SourcePosition(5, new UUID(1, 2), 1));
  }

  @Test
  void nothingIsNothing() {
    assertThat(SourcePosition.fromOffset(SHOP, null)).isEmpty();
  }

  @Test
  void somebodyElsesOffsetIsRefusedByNamespace() {
    Map<String, Object> good = new SourcePosition(5, new UUID(1, 2), 1).toOffset();
    for (String key : good.keySet()) {
      Map<String, Object> bad = new HashMap<>(good);
      bad.put(key, "x");
      assertThatThrownBy(() -> SourcePosition.fromOffset(SHOP, bad))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("namespace shop");
    }
  }
}
