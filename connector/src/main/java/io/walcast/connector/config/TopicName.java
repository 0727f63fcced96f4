package io.walcast.connector.config;

import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/** Accepts the names that Kafka accepts for topics. */
public final class TopicName implements ConfigDef.Validator {

  private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9._-]{1,249}");

  @Override
  public void ensureValid(String key, Object value) {
    String name = (String) value;
    if (!LEGAL.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new ConfigException(
          key, value, "is not a topic name: 1 to 249 of letters, digits, '.', '_' and '-'");
    }
  }

  @Override
  public String toString() {
    return "topic name";
  }
}
