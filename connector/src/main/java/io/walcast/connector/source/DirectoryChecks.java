package io.walcast.connector.source;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.config.ConfigValue;

/**
 * Whether the directories of a configuration are there and may be used, on the worker that
 * validates. Creates and opens nothing.
 */
final class DirectoryChecks {

  private DirectoryChecks() {}

  /** Adds a message to each value whose directory is of no use; skips values with errors. */
  static void check(ConfigValue databasesValue, ConfigValue stateValue) {
    if (databasesValue.value() == null || !databasesValue.errorMessages().isEmpty()) {
      return; // the default of the other depends on this one
    }
    Path databases = Path.of((String) databasesValue.value()).toAbsolutePath().normalize();
    checkReadable(databases, databasesValue);
    boolean stateHasDefault = stateValue.value() == null;
    if (stateValue.errorMessages().isEmpty()
        && (!stateHasDefault || databasesValue.errorMessages().isEmpty())) {
      checkWritable(
          WalSourceConfig.stateDirectory(databases, (String) stateValue.value()), stateValue);
    }
  }

  private static void checkReadable(Path directory, ConfigValue value) {
    if (!Files.isDirectory(directory)) {
      value.addErrorMessage(directory + " is not a directory on this worker");
    } else if (!Files.isReadable(directory) || !Files.isExecutable(directory)) {
      value.addErrorMessage(directory + " cannot be read by this worker");
    }
  }

  private static void checkWritable(Path directory, ConfigValue value) {
    Path existing = directory;
    while (!Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (!Files.isDirectory(existing)) {
      value.addErrorMessage(directory + " cannot be a directory: " + existing + " is a file");
    } else if (!Files.isWritable(existing) || !Files.isExecutable(existing)) {
      value.addErrorMessage(
          directory + " cannot be written by this worker, " + existing + " being read-only to it");
    }
  }
}
