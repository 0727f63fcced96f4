package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuickStartOptionsTest {

  @Test
  void nothingMeansTheDemo() throws UsageException {
    QuickStartOptions options = QuickStartOptions.parse();

    assertThat(options.isDemo()).isTrue();
    assertThat(options.once()).isFalse();
    assertThat(options.demoTime()).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void secondsBoundTheDemo() throws UsageException {
    assertThat(QuickStartOptions.parse("--seconds", "5").demoTime())
        .isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void twoDirectoriesMeanTheUsersDatabases() throws UsageException {
    QuickStartOptions options =
        QuickStartOptions.parse("--replicas", "copies", "--once", "--databases", "/srv/data");

    assertThat(options.isDemo()).isFalse();
    assertThat(options.databases()).contains(Path.of("/srv/data"));
    assertThat(options.replicas()).contains(Path.of("copies"));
    assertThat(options.once()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "--keep, unknown option: --keep",
    "demo, unknown option: demo",
    "--databases a, go together",
    "--replicas a, go together",
    "--once, --once needs --databases",
    "--seconds 5 --once, --once needs --databases",
    "--databases a --replicas b --seconds 5, does not go with --databases",
    "--databases a --databases b --replicas c, --databases is given twice",
    "--databases, --databases needs a value",
    "--databases --replicas b, --databases needs a value",
    "--seconds, --seconds needs a value",
    "--seconds soon, '--seconds needs a number, not soon'",
    "--seconds 0, '--seconds must be 1 to 86400, not 0'",
    "--seconds 86401, '--seconds must be 1 to 86400, not 86401'",
  })
  void whatMakesNoSenseIsRefusedWithAReason(String commandLine, String reason) {
    assertThatThrownBy(() -> QuickStartOptions.parse(commandLine.split(" ")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(reason);
  }
}
