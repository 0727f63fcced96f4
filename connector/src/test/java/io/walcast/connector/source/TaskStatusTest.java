package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class TaskStatusTest {

  @Test
  void aTaskThatEndsLateLeavesTheStatusOfItsSuccessor() throws Exception {
    ObjectName name = new ObjectName("io.walcast:type=source-task,connector=late,task=0");
    try (TaskStatus successor = new TaskStatus("late", new TaskShare(0, 1), null, null, null)) {
      try (TaskStatus late = new TaskStatus("late", new TaskShare(0, 1), null, null, null)) {
        late.register();
        successor.register();
      }
      assertThat(ManagementFactory.getPlatformMBeanServer().isRegistered(name)).isTrue();
    }
    assertThat(ManagementFactory.getPlatformMBeanServer().isRegistered(name)).isFalse();
  }
}
