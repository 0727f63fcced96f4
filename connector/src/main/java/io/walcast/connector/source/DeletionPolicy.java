package io.walcast.connector.source;

import java.util.Locale;

/** What is done when the file of a captured database is gone. */
enum DeletionPolicy {
  /** Its capture stops; replicas keep what they have. */
  STOP,
  /** Its deletion is published, and what was captured is forgotten. */
  PUBLISH;

  static DeletionPolicy of(String setting) {
    return valueOf(setting.toUpperCase(Locale.ROOT));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
