package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.List;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectorBeansTest {
  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

  /** A row as a source task has it: the getters make the items of the composite. */
  public record SourceRow(
      String getNamespace,
      String getState,
      String getReason,
      long getCommittedFrameNo,
      long getDurableFrameNo) {}

  /** A row as a sink task has it. */
  public record SinkRow(
      String getNamespace, String getState, String getReason, long getAppliedFrame) {}

  /** As a source task has it. */
  public interface SourceMXBean {
    List<SourceRow> getNamespaces();
  }

  /** As a sink task has it. */
  public interface SinkMXBean {
    List<SinkRow> getReplicas();
  }

  @AfterEach
  void unregister() throws Exception {
    for (ObjectName name : server.queryNames(new ObjectName("io.walcast:*"), null)) {
      server.unregisterMBean(name);
    }
  }

  @Test
  void nothingRunsNothingIsSeen() {
    assertThat(new ConnectorBeans().read()).isEmpty();
  }

  @Test
  void joinsSourceAndSinkByNamespace() throws Exception {
    register(0, new SourceRow("b", "ATTACHED", "", 20, 15));
    register(1, new SourceRow("a", "REFUSED", "not in WAL mode", 0, 0));
    SinkMXBean sink = () -> List.of(new SinkRow("b", "FOLLOWING", "", 12));
    server.registerMBean(sink, new ObjectName("io.walcast:type=sink-task,connector=s,task=0"));

    assertThat(new ConnectorBeans().read())
        .isEqualTo(
            List.of(
                new NamespaceStatus("a", "REFUSED", "", "not in WAL mode", 0, 0, 0, 0),
                new NamespaceStatus("b", "ATTACHED", "FOLLOWING", "", 20, 15, 12, 0)));
  }

  private void register(int task, SourceRow row) throws Exception {
    SourceMXBean source = () -> List.of(row);
    server.registerMBean(
        source, new ObjectName("io.walcast:type=source-task,connector=s,task=" + task));
  }
}
