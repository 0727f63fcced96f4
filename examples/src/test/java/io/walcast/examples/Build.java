package io.walcast.examples;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the build put things, as seen from a module's directory, where Maven runs its tests. */
final class Build {

  private Build() {}

  static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("config/walcast-source.json")) ? here : here.getParent();
  }

  /** Holds the plugin directory that the connector module made. */
  static Path pluginPath() {
    return root().resolve("connector/target/walcast-connector-plugin");
  }
}
