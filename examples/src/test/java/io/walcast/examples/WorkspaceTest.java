package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkspaceTest {
  @TempDir Path directory;

  @Test
  void everythingButTheReplicasIsHiddenBesideThem() throws Exception {
    Path databases = Files.createDirectory(directory.resolve("databases"));
    Path replicas = directory.resolve("new/replicas");

    Workspace workspace = of(databases, replicas);

    assertThat(workspace.databases()).isEmptyDirectory();
    assertThat(workspace.replica("shop/orders")).isEqualTo(replicas.resolve("shop/orders.db"));
    assertThat(workspace.kafka()).startsWithRaw(replicas.resolve(".quickstart"));
    assertThat(workspace.sourceState()).startsWithRaw(replicas.resolve(".quickstart"));
  }

  @Test
  void refusesDirectoriesThatLieInEachOther() throws IOException {
    Path outer = Files.createDirectory(directory.resolve("outer"));
    Path inner = Files.createDirectory(outer.resolve("inner"));

    assertThatThrownBy(() -> of(outer, inner)).hasMessageContaining("must not lie in each other");
    assertThatThrownBy(() -> of(inner, outer)).hasMessageContaining("must not lie in each other");
    assertThatThrownBy(() -> of(outer, outer)).hasMessageContaining("must not lie in each other");
  }

  @Test
  void refusesADirectoryThatIsNotThere() {
    Path missing = directory.resolve("missing");

    assertThatThrownBy(() -> of(missing, directory.resolve("replicas")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("there is no directory " + missing);
  }

  @Test
  void aDemoLeavesNothingButItsLog() throws Exception {
    Workspace demo = Workspace.of(QuickStartOptions.parse());
    Files.writeString(demo.log(), "said");
    Files.createDirectories(demo.kafka().resolve("logs"));

    demo.deleteDemo();

    assertThat(demo.temporary().orElseThrow())
        .isDirectoryContaining(path -> path.equals(demo.log()));
    assertThat(demo.databases()).doesNotExist();
    assertThat(demo.kafka()).doesNotExist();
    Files.delete(demo.log());
    Files.delete(demo.temporary().orElseThrow());
  }

  private static Workspace of(Path databases, Path replicas) throws Exception {
    return Workspace.of(
        QuickStartOptions.parse(
            "--databases", databases.toString(), "--replicas", replicas.toString()));
  }
}
