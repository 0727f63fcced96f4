package io.walcast.examples;

import io.walcast.segment.Namespace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The SQLite databases below a directory, whatever they are called: found by what they begin with.
 * Names that begin with a dot and symbolic links are left out.
 *
 * @param byNamespace the database files
 * @param refusals files that cannot have a namespace of their own, and why
 */
record FoundDatabases(Map<String, Path> byNamespace, Map<String, String> refusals) {
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.ISO_8859_1);
  private static final Pattern USUAL_NAME = Pattern.compile(".*\\.(db|sqlite|sqlite3)");
  private static final Pattern GLOB_SPECIAL = Pattern.compile("[\\\\*?\\[\\]{},]");

  /**
   * Looks through a directory. Opens and closes every file: POSIX locks of a process die with the
   * first such close, so this must be over before a connector runs in this JVM.
   */
  static FoundDatabases below(Path directory) throws IOException {
    Map<String, Path> found = new TreeMap<>();
    Map<String, String> refusals = new TreeMap<>();
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
            return !path.equals(directory) && isHidden(path)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile() && !isHidden(file) && isDatabase(file)) {
              add(directory.relativize(file), file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException cause) {
            refusals.put(directory.relativize(file).toString(), cause.toString());
            return FileVisitResult.CONTINUE;
          }

          private void add(Path relative, Path file) {
            String name = namespace(relative);
            if (!Namespace.isValid(name)) {
              refusals.put(
                  Namespace.printable(relative.toString()), "its name cannot be a namespace");
              return;
            }
            Path other = found.putIfAbsent(name, file);
            if (other != null) {
              refusals.put(
                  relative.toString(), "it has the same namespace as " + other.getFileName());
            }
          }
        });
    return new FoundDatabases(found, refusals);
  }

  /** The path without its extension, parts joined by {@code /}. */
  static String namespace(Path relative) {
    String path = relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
    int dot = path.lastIndexOf('.');
    return dot > path.lastIndexOf('/') + 1 ? path.substring(0, dot) : path;
  }

  /** The largest file, in bytes. */
  long largestBytes() throws IOException {
    long largest = 0;
    for (Path file : byNamespace.values()) {
      largest = Math.max(largest, Files.size(file));
    }
    return largest;
  }

  /**
   * A glob for the source that also takes the databases of unusual names.
   *
   * @param usual the glob that takes those of usual names, as alternatives without braces
   * @return {@code ""} if there are none of unusual names
   */
  String glob(Path directory, String usual) {
    StringBuilder unusual = new StringBuilder();
    for (Path file : byNamespace.values()) {
      if (!hasUsualName(file)) {
        String relative = directory.relativize(file).toString();
        unusual.append(',').append(GLOB_SPECIAL.matcher(relative).replaceAll("\\\\$0"));
      }
    }
    return unusual.isEmpty() ? "" : "{" + usual + unusual + "}";
  }

  private static boolean isHidden(Path path) {
    return path.getFileName().toString().startsWith(".");
  }

  private static boolean hasUsualName(Path file) {
    return USUAL_NAME.matcher(file.getFileName().toString()).matches();
  }

  /** What cannot be read is one if it looks like one: the source has to say why it refuses it. */
  private static boolean isDatabase(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      return hasUsualName(file);
    }
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
    }
  }
}
