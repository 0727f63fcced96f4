package io.walcast.connector.config;

import java.nio.file.FileSystems;
import java.nio.file.PathMatcher;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/** Accepts globs as {@link java.nio.file.FileSystem#getPathMatcher} understands them. */
public final class GlobPattern implements ConfigDef.Validator {

  /** The matcher for a glob that was accepted; an empty glob matches nothing. */
  public static PathMatcher matcher(String glob) {
    return glob.isEmpty() ? path -> false : FileSystems.getDefault().getPathMatcher("glob:" + glob);
  }

  @Override
  public void ensureValid(String key, Object value) {
    try {
      matcher((String) value);
    } catch (PatternSyntaxException e) {
      throw new ConfigException(key, value, "is not a glob: " + e.getDescription());
    }
  }

  @Override
  public String toString() {
    return "glob";
  }
}
