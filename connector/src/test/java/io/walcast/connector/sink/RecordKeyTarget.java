package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.Namespace;
import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** A record's key. */
public final class RecordKeyTarget implements FuzzTarget {

  private static final MemoryBound BOUND = new MemoryBound(64 * 1024, 32);
  private static final RecordOrigin ORIGIN = new RecordOrigin(new TopicPartition("t", 0), 1, 2);

  private static final HostileNames NAMES = new HostileNames(() -> 0);

  @Override
  public List<byte[]> seeds() {
    return List.of("orders", "a/b", "..", "é/\u0085", "x".repeat(900)).stream()
        .map(name -> name.getBytes(StandardCharsets.UTF_8))
        .toList();
  }

  @Override
  public void accept(byte[] input) throws Exception {
    Optional<Namespace> found = BOUND.hold(input.length, () -> NAMES.namespace(input, ORIGIN));
    if (found.isPresent()) {
      assertThat(found.get().name().getBytes(StandardCharsets.UTF_8)).isEqualTo(input);
    }
    assertThat(NAMES.remembered()).isLessThanOrEqualTo(HostileNames.MAX_REMEMBERED);
  }
}
