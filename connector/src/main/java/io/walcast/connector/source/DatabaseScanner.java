package io.walcast.connector.source;

import io.walcast.connector.config.GlobPattern;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the databases below a directory. Looks at names and file types only and never opens a file,
 * because closing one would drop the locks that capture holds on it.
 *
 * <p>A file that cannot have a namespace of its own is an error in the log, once for as long as it
 * lasts, and does not keep others from being found. Not thread-safe.
 */
final class DatabaseScanner implements CaptureLoop.Scan {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseScanner.class);

  private final Path directory;
  private final Path stateDirectory;
  private final PathMatcher included;
  private final PathMatcher excluded;
  private Set<String> reported = new HashSet<>();
  private Set<Path> directories = Set.of();
  private Path root; // as the last scan found it

  DatabaseScanner(WalSourceConfig config) {
    directory = config.databasesDirectory();
    stateDirectory = config.stateDirectory();
    included = GlobPattern.matcher(config.databasesGlob());
    excluded = GlobPattern.matcher(config.databasesExcludeGlob());
  }

  /**
   * What is there now, by namespace. Namespaces that two files claim are left out.
   *
   * @throws IOException if the directory itself cannot be read
   */
  @Override
  public SortedMap<Namespace, Path> scan() throws IOException {
    Walk walk = new Walk(realDirectory());
    Files.walkFileTree(walk.root, walk);
    walk.ambiguous.forEach(walk.found::remove);
    reported = walk.problems;
    directories = walk.directories;
    root = walk.root;
    return walk.found;
  }

  @Override
  public Set<Path> directories() {
    return directories;
  }

  @Override
  public Optional<Namespace> namespaceOf(Path file) {
    String name = file.getFileName().toString();
    Path database =
        isBesideADatabase(name)
            ? file.resolveSibling(name.substring(0, name.lastIndexOf('-')))
            : file;
    if (root == null || !isIncluded(root.relativize(database))) {
      return Optional.empty();
    }
    String namespace = namespaceOf(root, database);
    return Namespace.isValid(namespace) ? Optional.of(new Namespace(namespace)) : Optional.empty();
  }

  @Override
  public boolean concerns(Path file) {
    String name = file.getFileName().toString();
    return root == null
        || (!name.startsWith(".")
            && !isBesideADatabase(name)
            && (isIncluded(root.relativize(file))
                || Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)));
  }

  private boolean isIncluded(Path relative) {
    return included.matches(relative) && !excluded.matches(relative);
  }

  /** The directory may be a symbolic link; nothing below it may. */
  private Path realDirectory() throws IOException {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      throw new IOException("cannot read directory " + directory + ": " + e, e);
    }
  }

  /** The namespace of a file, whose name may not be one. */
  private static String namespaceOf(Path root, Path file) {
    Path relative = root.relativize(file);
    String path = relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
    int dot = path.lastIndexOf('.');
    return dot > path.lastIndexOf('/') + 1 ? path.substring(0, dot) : path;
  }

  private static boolean isBesideADatabase(String name) {
    return name.endsWith("-wal") || name.endsWith("-shm") || name.endsWith("-journal");
  }

  /** One pass over the tree. */
  private final class Walk extends SimpleFileVisitor<Path> {

    private final SortedMap<Namespace, Path> found = new TreeMap<>();
    private final Set<Namespace> ambiguous = new HashSet<>();
    private final Set<String> problems = new HashSet<>();
    private final Set<Path> directories = new HashSet<>();
    private final Path root;
    private final Path skipped;

    Walk(Path root) {
      this.root = root;
      skipped =
          stateDirectory.startsWith(directory)
              ? root.resolve(directory.relativize(stateDirectory))
              : stateDirectory;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
      if (!visited.equals(root) && (isHidden(visited) || visited.equals(skipped))) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      directories.add(visited);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (file.equals(root)) {
        throw new IOException(directory + " is not a directory");
      }
      Path relative = root.relativize(file);
      if (!isHidden(file)
          && !isBesideADatabase(file.getFileName().toString())
          && isIncluded(relative)) {
        add(file, relative, attributes);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
      if (path.equals(root)) {
        throw new IOException("cannot read directory " + directory + ": " + e, e);
      }
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE; // gone since it was listed, as a -wal or -journal often is
      }
      report("cannot look at " + path + ": " + e);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
      return e == null ? FileVisitResult.CONTINUE : visitFileFailed(visited, e);
    }

    private void add(Path file, Path relative, BasicFileAttributes attributes) {
      String name = namespaceOf(root, file);
      if (!attributes.isRegularFile()) {
        report(
            Namespace.printable(relative.toString())
                + " is not captured: it is a symbolic link or no regular file");
      } else if (!Namespace.isValid(name)) {
        report(
            Namespace.printable(relative.toString())
                + " is not captured: "
                + Namespace.printable(name)
                + " cannot be a namespace (1 to 200 of letters, digits, '.', '_', '-', and '/'"
                + " between parts)");
      } else {
        add(new Namespace(name), file);
      }
    }

    private void add(Namespace namespace, Path file) {
      Path other = found.putIfAbsent(namespace, file);
      if (other != null) {
        ambiguous.add(namespace);
        report("neither " + other + " nor " + file + " is newly captured: both are " + namespace);
      }
    }

    private void report(String problem) {
      problems.add(problem);
      if (!reported.contains(problem)) {
        LOG.error("{}", problem);
      }
    }

    private boolean isHidden(Path path) {
      return path.getFileName().toString().startsWith(".");
    }
  }
}
