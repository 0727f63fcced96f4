package io.walcast.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where one child JVM unpacks sqlite-jdbc's native library. A killed JVM leaves its copy behind, so
 * the parent owns the directory and deletes it. Any thread.
 */
final class NativeLibraryDirectory {
  private static final String PROPERTY = "org.sqlite.tmpdir";

  private final Path path;

  private NativeLibraryDirectory(Path path) {
    this.path = path;
  }

  static NativeLibraryDirectory create() {
    try {
      NativeLibraryDirectory created =
          new NativeLibraryDirectory(Files.createTempDirectory("walcast-sqlite-"));
      Runtime.getRuntime().addShutdownHook(new Thread(created::delete));
      return created;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** For the child to delete its directory when the parent, being gone, cannot. */
  static NativeLibraryDirectory ofThisJvm() {
    return new NativeLibraryDirectory(Path.of(System.getProperty(PROPERTY)));
  }

  String jvmOption() {
    return "-D" + PROPERTY + "=" + path;
  }

  /** Does nothing the second time. */
  void delete() {
    try (Stream<Path> found = Files.walk(path)) {
      List<Path> deepestFirst =
          found.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
      for (Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
