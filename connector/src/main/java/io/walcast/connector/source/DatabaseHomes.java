package io.walcast.connector.source;

import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@link DatabaseHome}s in the state directory. Stateless, so for any thread. */
final class DatabaseHomes {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseHomes.class);

  private final Io io;
  private final Path databases;
  private final Path stateDirectory;

  DatabaseHomes(Io io, WalSourceConfig config) {
    this.io = io;
    this.databases = config.databasesDirectory();
    this.stateDirectory = config.stateDirectory();
  }

  /** Remembers where a database is that is captured; nothing is written that is known already. */
  void keep(Namespace namespace, Path database) throws IOException {
    DatabaseHome found = DatabaseHome.of(io, databases.toRealPath(), database);
    Path state = stateDirectory.resolve(namespace.name());
    if (DatabaseHome.read(io, state).filter(found::equals).isEmpty()) {
      found.write(io, state);
    }
  }

  /** Why a database that is not at this path cannot be said to be deleted; empty if it can. */
  Optional<String> doubt(Namespace namespace, Path database) throws IOException {
    Optional<DatabaseHome> home = DatabaseHome.read(io, stateDirectory.resolve(namespace.name()));
    Path root = databases.toRealPath();
    if (home.isEmpty() || !root.resolve(home.get().path()).equals(database)) {
      return Optional.of("it is not known where it was captured");
    }
    return home.get().doubt(io, root);
  }

  /** Forgets one. */
  void forget(Namespace namespace) throws IOException {
    io.delete(stateDirectory.resolve(namespace.name()).resolve(DatabaseHome.NAME));
  }

  /**
   * The paths of all that are remembered, whether a database is there or not.
   *
   * @param but these, which need not be read
   */
  Map<Namespace, Path> all(Set<Namespace> but) throws IOException {
    Map<Namespace, Path> all = new TreeMap<>();
    if (!io.exists(stateDirectory)) {
      return all;
    }
    Path root = databases.toRealPath();
    Files.walkFileTree(
        stateDirectory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes)
              throws IOException {
            if (visited.equals(stateDirectory)) {
              return FileVisitResult.CONTINUE;
            }
            String name = stateDirectory.relativize(visited).toString();
            if (!Namespace.isValid(name)) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Namespace namespace = new Namespace(name);
            if (!but.contains(namespace)) {
              DatabaseHome.read(io, visited)
                  .ifPresent(home -> all.put(namespace, root.resolve(home.path())));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path path, IOException e) {
            LOG.warn("{} is passed over: {}", path, e.toString());
            return FileVisitResult.CONTINUE;
          }
        });
    return all;
  }
}
