package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a reader pastes from README.md is what the tests run, what the documents link to is there,
 * and the byte tables are those of the code.
 */
class DocumentationTest {

  private static final Pattern JSON_BLOCK = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL);
  private static final Pattern TABLE =
      Pattern.compile("`(\\S+\\.java)`\n\n```\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)\\)");

  @Test
  void connectorJsonIsThatOfTheConfigDirectory() throws Exception {
    ObjectMapper json = new ObjectMapper();
    List<Object> blocks = new ArrayList<>();
    Matcher matcher = JSON_BLOCK.matcher(readme());
    while (matcher.find()) {
      blocks.add(json.readTree(matcher.group(1)));
    }
    Path config = Build.root().resolve("config");
    assertThat(blocks)
        .containsExactly(
            json.readTree(config.resolve("walcast-source.json").toFile()),
            json.readTree(config.resolve("walcast-sink.json").toFile()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "README.md",
        "CONTRIBUTING.md",
        "docs/guarantees.md",
        "docs/operations.md",
        "docs/formats.md",
        "docs/architecture.md"
      })
  void linksLeadSomewhere(String document) throws Exception {
    Path path = Build.root().resolve(document);
    Matcher matcher = LINK.matcher(Files.readString(path));
    while (matcher.find()) {
      assertThat(path.resolveSibling(matcher.group(1))).exists();
    }
  }

  @Test
  void byteTablesAreThoseOfTheCode() throws Exception {
    Matcher matcher = TABLE.matcher(Files.readString(Build.root().resolve("docs/formats.md")));
    int tables = 0;
    while (matcher.find()) {
      String code = Files.readString(Build.root().resolve(matcher.group(1)));
      String plain =
          code.replaceAll("(?m)^ \\* ?", "").replaceAll("\\{@(?:link|code) ([^}]*)}", "$1");
      for (String line : matcher.group(2).lines().toList()) {
        assertThat(plain).as(matcher.group(1)).contains(line.strip());
      }
      tables++;
    }
    assertThat(tables).isGreaterThan(4);
  }

  private static String readme() throws Exception {
    return Files.readString(Build.root().resolve("README.md"));
  }
}
