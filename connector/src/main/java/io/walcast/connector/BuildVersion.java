package io.walcast.connector;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version that the build gave this plugin. */
public final class BuildVersion {

  private static final String RESOURCE = "version.properties";
  private static final String VERSION = read();

  private BuildVersion() {}

  /** The Maven version, as in {@code 1.2.3}. */
  public static String get() {
    return VERSION;
  }

  private static String read() {
    Properties properties = new Properties();
    try (InputStream in = BuildVersion.class.getResourceAsStream(RESOURCE)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("the plugin's jar is damaged: " + RESOURCE, e);
    }
    return properties.getProperty("version");
  }
}
