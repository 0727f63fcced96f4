package io.walcast.examples;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;

/**
 * Reads what the tasks of the source and of the sink say of themselves through JMX, and joins it by
 * namespace. Needs none of the connectors' classes. Stateless; any thread.
 */
final class ConnectorBeans {
  private static final ObjectName SOURCE_TASKS = pattern("io.walcast:type=source-task,*");
  private static final ObjectName SINK_TASKS = pattern("io.walcast:type=sink-task,*");

  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

  /** The state of each namespace that a task knows, in name order; the lag is not filled in. */
  List<NamespaceStatus> read() {
    Map<String, CompositeData> sinkRows = rows(SINK_TASKS, "Replicas");
    Map<String, NamespaceStatus> joined = new TreeMap<>();
    rows(SOURCE_TASKS, "Namespaces")
        .forEach((name, row) -> joined.put(name, status(name, row, sinkRows.remove(name))));
    sinkRows.forEach((name, row) -> joined.put(name, status(name, null, row)));
    return new ArrayList<>(joined.values());
  }

  private Map<String, CompositeData> rows(ObjectName tasks, String attribute) {
    Map<String, CompositeData> rows = new TreeMap<>();
    for (ObjectName task : server.queryNames(tasks, null)) {
      try {
        for (CompositeData row : (CompositeData[]) server.getAttribute(task, attribute)) {
          rows.put((String) row.get("namespace"), row);
        }
      } catch (InstanceNotFoundException e) {
        // Between the two calls the task has stopped.
        continue;
      } catch (JMException e) {
        throw new IllegalStateException("cannot read " + attribute + " of " + task, e);
      }
    }
    return rows;
  }

  /** Either row may be missing. What is applied has been published, by whatever run. */
  private static NamespaceStatus status(String name, CompositeData source, CompositeData sink) {
    long applied = number(sink, "appliedFrame");
    String refusal = text(source, "reason");
    return new NamespaceStatus(
        name,
        text(source, "state"),
        text(sink, "state"),
        refusal.isEmpty() ? text(sink, "reason") : refusal,
        number(source, "committedFrameNo"),
        Math.max(number(source, "durableFrameNo"), applied),
        applied,
        0);
  }

  private static String text(CompositeData row, String item) {
    return row == null ? "" : (String) row.get(item);
  }

  private static long number(CompositeData row, String item) {
    return row == null ? 0 : (Long) row.get(item);
  }

  private static ObjectName pattern(String text) {
    try {
      return new ObjectName(text);
    } catch (MalformedObjectNameException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
