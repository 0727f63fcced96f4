package io.walcast.fuzzing;

import io.walcast.testkit.fuzz.FuzzInputs;
import io.walcast.testkit.fuzz.FuzzTarget;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every decoder over its seeds, over what it once failed on, and over those cut and flipped. */
class DecoderInputsTest {

  static List<Class<? extends FuzzTarget>> targets() {
    return FuzzTargets.ALL;
  }

  @ParameterizedTest
  @MethodSource("targets")
  void takesWhatIsKept(Class<? extends FuzzTarget> target) throws Exception {
    FuzzInputs.replay(target);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void takesWhatIsKeptCutAtEveryByte(Class<? extends FuzzTarget> target) throws Exception {
    FuzzInputs.replayCutAnywhere(target);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void takesWhatIsKeptWithEveryByteFlipped(Class<? extends FuzzTarget> target) throws Exception {
    FuzzInputs.replayFlippedAnywhere(target);
  }
}
