package io.walcast.connector.source;

import io.walcast.segment.Namespace;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;

/**
 * Which namespaces are one task's. Decided by the name alone, so a new database has its task
 * without a reconfiguration, and no namespace is ever two tasks'.
 *
 * @param index number of the task, from 0
 * @param count number of tasks
 */
record TaskShare(int index, int count) {

  private static final String INDEX = "task.index";
  private static final String COUNT = "task.count";

  TaskShare {
    if (count < 1 || index < 0 || index >= count) {
      throw new ConnectException("task " + index + " of " + count);
    }
  }

  /** Reads what {@link #addTo} wrote. */
  static TaskShare of(Map<String, String> taskProperties) {
    try {
      return new TaskShare(
          Integer.parseInt(taskProperties.get(INDEX)), Integer.parseInt(taskProperties.get(COUNT)));
    } catch (NumberFormatException e) {
      throw new ConnectException(
          INDEX + " and " + COUNT + " are missing; the connector sets them for its tasks", e);
    }
  }

  Map<String, String> addTo(Map<String, String> connectorProperties) {
    Map<String, String> properties = new HashMap<>(connectorProperties);
    properties.put(INDEX, Integer.toString(index));
    properties.put(COUNT, Integer.toString(count));
    return properties;
  }

  boolean owns(Namespace namespace) {
    return Math.floorMod(namespace.name().hashCode(), count) == index;
  }
}
