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

  /** A row of either kind: the getters make the items of the composite. */
  public static class Row {
    private final String namespace;
    private final String state;
    private final String reason;

    Row(String namespace, String state, String reason) {
      this.namespace = namespace;
      this.state = state;
      this.reason = reason;
    }

    public String getNamespace() {
      return namespace;
    }

    public String getState() {
      return state;
    }

    public String getReason() {
      return reason;
    }
  }

  /** A row as a source task has it. */
  public static final class SourceRow extends Row {
    private final long committedFrameNo;
    private final long durableFrameNo;

    SourceRow(
        String namespace, String state, String reason, long committedFrameNo, long durableFrameNo) {
      super(namespace, state, reason);
      this.committedFrameNo = committedFrameNo;
      this.durableFrameNo = durableFrameNo;
    }

    public long getCommittedFrameNo() {
      return committedFrameNo;
    }

    public long getDurableFrameNo() {
      return durableFrameNo;
    }
  }

  /** A row as a sink task has it. */
  public static final class SinkRow extends Row {
    private final long appliedFrame;

    SinkRow(String namespace, String state, String reason, long appliedFrame) {
      super(namespace, state, reason);
      this.appliedFrame = appliedFrame;
    }

    public long getAppliedFrame() {
      return appliedFrame;
    }
  }

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
