package io.walcast.connector.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.connector.sink.WalSinkConfig;
import io.walcast.connector.sink.WalSinkConnector;
import io.walcast.connector.source.WalSourceConfig;
import io.walcast.connector.source.WalSourceConnector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {

  private static final Path FILE = Path.of("..", "docs", "configuration.md");

  @Test
  void theCommittedPageIsWhatTheDefinitionsSay() throws IOException {
    ConfigurationPage page = new ConfigurationPage();
    page.addConnector("Source", WalSourceConnector.class, WalSourceConfig.DEFINITION);
    page.addConnector("Sink", WalSinkConnector.class, WalSinkConfig.DEFINITION);
    if (Boolean.getBoolean("walcast.writeDocs")) {
      Files.writeString(FILE, page.toString());
    }

    assertThat(Files.readString(FILE))
        .as("%s is generated; its own head says how", FILE)
        .isEqualTo(page.toString());
  }
}
