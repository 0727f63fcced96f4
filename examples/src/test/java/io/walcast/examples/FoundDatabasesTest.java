package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoundDatabasesTest {
  private static final String USUAL = "**.db,**.sqlite";

  @TempDir Path directory;

  @Test
  void findsDatabasesByContentAndNamesThemByPath() throws IOException {
    database("orders.db");
    database("shop.v2/users.sqlite");
    database("noextension");
    database(".hidden/a.db");
    database(".b.db");
    Files.writeString(directory.resolve("text.db"), "SQLite format 4");

    FoundDatabases found = FoundDatabases.below(directory);

    assertThat(found.byNamespace().keySet())
        .containsExactly("noextension", "orders", "shop.v2/users");
    assertThat(found.refusals()).isEmpty();
  }

  @Test
  void saysWhichFilesCannotHaveANamespaceOfTheirOwn() throws IOException {
    database("my orders.db");
    database("a.db");
    database("a.sqlite");

    FoundDatabases found = FoundDatabases.below(directory);

    assertThat(found.byNamespace()).containsOnlyKeys("a");
    assertThat(found.refusals()).hasSize(2);
    assertThat(found.refusals().get("\"my orders.db\"")).contains("cannot be a namespace");
  }

  @Test
  void theGlobTakesDatabasesOfUnusualNamesToo() throws IOException {
    database("orders.db");
    assertThat(FoundDatabases.below(directory).glob(directory, USUAL)).isEmpty();

    database("deep/odd.data[1]");
    String glob = FoundDatabases.below(directory).glob(directory, USUAL);

    assertThat(matches(glob, "deep/odd.data[1]")).isTrue();
    assertThat(matches(glob, "deep/new.db")).isTrue();
    assertThat(matches(glob, "deep/odd.data1")).isFalse();
  }

  private static boolean matches(String glob, String path) {
    return FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(Path.of(path));
  }

  private void database(String name) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "SQLite format 3\0 and so on");
  }
}
