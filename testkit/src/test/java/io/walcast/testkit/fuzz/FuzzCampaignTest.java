package io.walcast.testkit.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fuzzing itself: that it finds what is there, and says how to keep it. */
class FuzzCampaignTest {

  /** Fails behind a number that no blind search hits. */
  static final class Planted implements FuzzTarget {
    @Override
    public List<byte[]> seeds() {
      return List.of(new byte[12]);
    }

    @Override
    public void accept(byte[] input) {
      if (input.length >= 12 && ByteBuffer.wrap(input).getInt(4) == 0x57414c21) {
        throw new IllegalStateException("planted");
      }
    }
  }

  /** Never fails. */
  static final class Sound implements FuzzTarget {
    @Override
    public List<byte[]> seeds() {
      return List.of(new byte[1]);
    }

    @Override
    public void accept(byte[] input) {
      assertThat(input).isNotNull();
    }
  }

  @TempDir Path directory;

  @Test
  void findsWhatIsPlanted() throws Exception {
    try (FuzzCampaign campaign = new FuzzCampaign(List.of(Planted.class), 60, directory)) {
      FuzzResult planted = campaign.result(Planted.class);
      assumeTrue(planted.unsupported().isEmpty(), () -> planted.unsupported().orElseThrow());
      assertThat(planted.finding()).isPresent();
      assertThat(planted.finding().get())
          .contains("IllegalStateException: planted", "57414c21", "src/test/fuzz/Planted/");
    }
  }

  @Test
  void leavesASoundTargetAlone() throws Exception {
    try (FuzzCampaign campaign = new FuzzCampaign(List.of(Sound.class), 1, directory)) {
      FuzzResult sound = campaign.result(Sound.class);
      assumeTrue(sound.unsupported().isEmpty(), () -> sound.unsupported().orElseThrow());
      assertThat(sound.finding()).isEmpty();
      assertThat(sound.executions()).isPositive();
    }
  }
}
