package io.walcast.fuzzing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.walcast.testkit.fuzz.FuzzCampaign;
import io.walcast.testkit.fuzz.FuzzResult;
import io.walcast.testkit.fuzz.FuzzTarget;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Jazzer over every decoder. How long: {@code -Dwalcast.fuzz.seconds}, for each target; a long run
 * is {@code ./mvnw -Pfuzz verify}.
 */
class DecoderFuzzIT {

  private static FuzzCampaign campaign;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    campaign = new FuzzCampaign(FuzzTargets.RUNS, directory);
  }

  @AfterAll
  static void end() {
    campaign.close();
  }

  static List<Class<? extends FuzzTarget>> targets() {
    return FuzzTargets.RUNS;
  }

  @ParameterizedTest
  @MethodSource("targets")
  void findsNothing(Class<? extends FuzzTarget> target) throws Exception {
    FuzzResult result = campaign.result(target);
    assumeTrue(result.unsupported().isEmpty(), () -> result.unsupported().orElseThrow());
    assertThat(result.finding()).isEmpty();
    assertThat(result.executions()).as("inputs tried").isPositive();
  }
}
