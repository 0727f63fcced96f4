package io.walcast.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SegmentKeyTest {

  private static final UUID LOG = new UUID(-1, 2);

  private static SegmentKey key(int epoch, long start, long end) {
    return new SegmentKey(LOG, epoch, start, end, Instant.ofEpochMilli(end * 10));
  }

  @Test
  void isReadBackFromItsPrintedForm() {
    SegmentKey key = key(-1, 1, Long.MAX_VALUE / 10_000);
    assertThat(SegmentKey.parse(key.toString())).contains(key);
  }

  @Test
  void keysAndTheirPrintedFormsAreInTheOrderOfHistory() {
    List<SegmentKey> ordered =
        List.of(key(1, 1, 9), key(1, 10, 10), key(1, 10, 200), key(2, 5, 7), key(-1, 1, 1));
    List<SegmentKey> keys = new ArrayList<>(ordered);
    Collections.reverse(keys);
    Collections.sort(keys);
    assertThat(keys).isEqualTo(ordered);
    List<String> printed = new ArrayList<>(ordered.stream().map(SegmentKey::toString).toList());
    Collections.sort(printed);
    assertThat(printed).isEqualTo(ordered.stream().map(SegmentKey::toString).toList());
  }

  @Test
  void anythingElseIsNoKey() {
    String printed = key(1, 3, 4).toString();
    for (int i = 0; i < printed.length(); i++) {
      assertThat(SegmentKey.parse(printed.substring(0, i) + printed.substring(i + 1))).isEmpty();
      assertThat(SegmentKey.parse(printed.substring(0, i) + "x" + printed.substring(i + 1)))
          .isEmpty();
    }
    assertThat(SegmentKey.parse(printed.replaceFirst("0{10}", "9999999999"))).isEmpty();
    assertThat(SegmentKey.parse(printed.replace("0000000000000000003", "0000000000000000005")))
        .as("ends before it starts")
        .isEmpty();
    assertThat(SegmentKey.parse(printed.replace("0000000000000000004", "9999999999999999999")))
        .isEmpty();
    assertThatThrownBy(() -> key(1, 0, 4)).isInstanceOf(IllegalArgumentException.class);
  }
}
