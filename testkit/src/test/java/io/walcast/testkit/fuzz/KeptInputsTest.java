package io.walcast.testkit.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class KeptInputsTest {

  @Test
  void readsCommentsRunsAndSeveralLines() {
    assertThat(KeptInputs.parse(List.of("# why", "0102 ff*3 # tail", "", "  7f")))
        .containsExactly(1, 2, -1, -1, -1, 0x7f);
  }

  @Test
  void printsWhatItReads() {
    byte[] input = new byte[300];
    input[7] = 1;
    input[299] = -128;
    String text = KeptInputs.print(input);
    assertThat(text).hasSizeLessThan(60);
    assertThat(KeptInputs.parse(List.of(text))).isEqualTo(input);
    assertThat(KeptInputs.print(new byte[0])).isEmpty();
    assertThat(KeptInputs.parse(List.of(""))).isEmpty();
  }
}
