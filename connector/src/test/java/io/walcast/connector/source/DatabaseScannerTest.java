package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseScannerTest {

  @TempDir Path temporary;

  private Path directory;
  private final Map<String, String> settings = new HashMap<>();

  @BeforeEach
  void settings() throws IOException {
    directory = Files.createDirectory(temporary.toRealPath().resolve("data"));
    settings.put("databases.directory", directory.toString());
  }

  @Test
  void theNamespaceIsThePathWithoutExtension() throws Exception {
    create("a.db", "b.sqlite", "c.sqlite3", "tenants/eu/shop.v2.db", "other.txt");

    assertThat(scan())
        .isEqualTo(
            Map.of(
                "a", directory.resolve("a.db"),
                "b", directory.resolve("b.sqlite"),
                "c", directory.resolve("c.sqlite3"),
                "tenants/eu/shop.v2", directory.resolve("tenants/eu/shop.v2.db")));
  }

  @Test
  void newAndVanishedFilesShow() throws Exception {
    DatabaseScanner scanner = new DatabaseScanner(new WalSourceConfig(settings));
    assertThat(scanner.scan()).isEmpty();
    create("a.db");
    assertThat(scanner.scan()).containsOnlyKeys(new Namespace("a"));
    Files.delete(directory.resolve("a.db"));
    assertThat(scanner.scan()).isEmpty();
  }

  @Test
  void hiddenPartsAndTheStateDirectoryAreSkipped() throws Exception {
    create("a.db", ".hidden.db", ".walcast/x.db", "sub/.git/y.db", "state/z.db", "state2/ok.db");
    settings.put("state.directory", directory.resolve("state").toString());

    assertThat(scan()).containsOnlyKeys("a", "state2/ok");
  }

  @Test
  void globsIncludeAndExclude() throws Exception {
    create("a.db", "a.db-wal", "a.db-shm", "a.db-journal", "b", "tmp/c.db", "tmp/deep/d.db");
    settings.put("databases.glob", "**");
    settings.put("databases.exclude.glob", "tmp/**");

    assertThat(scan()).containsOnlyKeys("a", "b");
  }

  @Test
  void aGlobWithOneStarStaysInTheDirectory() throws Exception {
    create("a.db", "sub/b.db");
    settings.put("databases.glob", "*.db");

    assertThat(scan()).containsOnlyKeys("a");
  }

  @Test
  void twoFilesOfOneNamespaceAreBothLeftOut() throws Exception {
    create("a.db", "a.sqlite", "a.sqlite3", "b.db");

    assertThat(scan()).containsOnlyKeys("b");
  }

  @Test
  void aFileWithoutAValidNamespaceIsLeftOut() throws Exception {
    create("has space.db", "new\nline.db", "x".repeat(201) + ".db", "ü.db", "good.db");

    assertThat(scan()).containsOnlyKeys("good");
  }

  @Test
  void symbolicLinksAreLeftOutBelowTheDirectoryOnly() throws Exception {
    create("a.db");
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    Files.createFile(elsewhere.resolve("b.db"));
    Files.createSymbolicLink(directory.resolve("linked"), elsewhere);
    Files.createSymbolicLink(directory.resolve("c.db"), elsewhere.resolve("b.db"));
    Path link = Files.createSymbolicLink(temporary.resolve("link"), directory);
    settings.put("databases.directory", link.toString());

    assertThat(scan()).containsOnlyKeys("a");
  }

  @Test
  void aMissingDirectoryIsAnErrorThatNamesIt() throws Exception {
    Files.delete(directory);
    assertThatThrownBy(this::scan)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.toString());
    Files.createFile(directory);
    assertThatThrownBy(this::scan)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory + " is not a directory");
  }

  private void create(String... files) throws IOException {
    for (String file : files) {
      Path path = directory.resolve(file);
      Files.createDirectories(path.getParent());
      Files.createFile(path);
    }
  }

  private Map<String, Path> scan() throws IOException {
    Map<String, Path> found = new TreeMap<>();
    new DatabaseScanner(new WalSourceConfig(settings))
        .scan()
        .forEach((namespace, path) -> found.put(namespace.name(), path));
    return found;
  }
}
