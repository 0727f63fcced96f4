package io.walcast.connector.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * Accepts what can be the path of a directory; {@code null} stands for the key's default. Whether
 * the directory is there is asked later, by the connector's {@code validate}.
 */
public final class DirectoryPath implements ConfigDef.Validator {

  @Override
  public void ensureValid(String key, Object value) {
    if (value == null) {
      return;
    }
    String path = (String) value;
    if (path.isBlank()) {
      throw new ConfigException(key, value, "is empty; give the path of a directory");
    }
    try {
      Path.of(path);
    } catch (InvalidPathException e) {
      throw new ConfigException(key, value, "is not a path: " + e.getReason());
    }
  }

  @Override
  public String toString() {
    return "path of a directory";
  }
}
