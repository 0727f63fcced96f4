package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.Namespace;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileNamesTest {

  private static final RecordOrigin ORIGIN =
      new RecordOrigin(new TopicPartition("frames", 0), 17, 0);

  private long nowNs;
  private final HostileNames names = new HostileNames(() -> nowNs);

  @Test
  void aNamespaceIsTaken() {
    assertThat(names.namespace(bytes("app/orders"), ORIGIN)).contains(new Namespace("app/orders"));
    assertThat(names.refused()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "../etc/passwd", "/abs", "a//b", "a/../b", ".hidden", "a\0b", "a\nb", "a/"})
  void aNameThatIsNoNamespaceIsRefused(String name) {
    assertThat(names.namespace(bytes(name), ORIGIN)).isEmpty();
    assertThat(names.refused()).isEqualTo(1);
  }

  @Test
  void aKeyThatIsNotBytesIsRefused() {
    assertThat(names.namespace("app", ORIGIN)).isEmpty();
    assertThat(names.namespace(null, ORIGIN)).isEmpty();
    assertThat(names.refused()).isEqualTo(2);
  }

  @Test
  void aLongKeyIsNotCutIntoAValidName() {
    assertThat(names.namespace(bytes("a".repeat(5_000_000)), ORIGIN)).isEmpty();
    assertThat(names.namespace(bytes("a".repeat(201)), ORIGIN)).isEmpty();
  }

  @Test
  void aNameIsReportedOnceAMinute() {
    for (int i = 0; i < 10; i++) {
      names.namespace(bytes(".."), ORIGIN);
    }
    assertThat(names.reported()).isEqualTo(1);
    nowNs += TimeUnit.MINUTES.toNanos(1);
    names.namespace(bytes(".."), ORIGIN);
    assertThat(names.reported()).isEqualTo(2);
    assertThat(names.refused()).isEqualTo(11);
  }

  @Test
  void anyNumberOfNamesTakesBoundedMemory() {
    for (int i = 0; i < 10_000; i++) {
      names.namespace(bytes("../" + i), ORIGIN);
    }
    assertThat(names.remembered()).isEqualTo(HostileNames.MAX_REMEMBERED);
    assertThat(names.refused()).isEqualTo(10_000);
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}
