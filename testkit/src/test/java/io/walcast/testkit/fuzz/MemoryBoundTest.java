package io.walcast.testkit.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryBoundTest {

  @Test
  void refusesWhatAllocatesMoreThanItsInputSuggests() throws Exception {
    MemoryBound bound = new MemoryBound(100_000, 2);
    assertThat(bound.hold(1_000_000, () -> new byte[2_000_000])).hasSize(2_000_000);
    assertThatThrownBy(() -> bound.hold(1_000_000, () -> new byte[2_200_000]))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("2100000 allowed");
  }

  @Test
  void forgivesWhatIsAllocatedOnlyTheFirstTime() throws Exception {
    byte[][] loaded = new byte[1][];
    Object result =
        new MemoryBound(100_000, 0)
            .hold(
                1,
                () -> {
                  if (loaded[0] == null) {
                    loaded[0] = new byte[1_000_000];
                  }
                  return "done";
                });
    assertThat(result).isEqualTo("done");
  }
}
