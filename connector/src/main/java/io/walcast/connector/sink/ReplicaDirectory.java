package io.walcast.connector.sink;

import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigException;

/**
 * Where replicas and their state lie:
 *
 * <pre>
 *   &lt;replicas&gt;/&lt;namespace&gt;.db         the replica, with -wal and -shm beside it
 *   &lt;state&gt;/&lt;namespace&gt;/.position     its position file
 *   &lt;state&gt;/&lt;namespace&gt;/.wal/         segments on their way into it
 * </pre>
 *
 * <p>No part of a namespace starts with a dot, so no namespace can lead into the state of another,
 * nor into the state directory where that lies, hidden, below the replicas. Symbolic links below
 * either directory are refused: a path must stay where its name says. Immutable.
 */
final class ReplicaDirectory {

  private static final Pattern REPLICA_FILE = Pattern.compile(".*\\.db(-wal|-shm|-journal|-new)?");

  private final Io io;
  private final Path replicas;
  private final Path state;

  private ReplicaDirectory(Io io, Path replicas, Path state) {
    this.io = io;
    this.replicas = replicas;
    this.state = state;
  }

  /**
   * Checks both directories, and creates them where their parent exists.
   *
   * @throws ConfigException naming the key, the directory and what is wrong with it
   */
  static ReplicaDirectory open(Io io, Path replicas, Path state) {
    Path realReplicas = usable(io, WalSinkConfig.REPLICAS_DIRECTORY, replicas);
    Path realState = usable(io, WalSinkConfig.STATE_DIRECTORY, state);
    return new ReplicaDirectory(io, realReplicas, realState);
  }

  private static Path usable(Io io, String key, Path directory) {
    Optional<String> problem = problem(directory);
    if (problem.isPresent()) {
      throw new ConfigException(key, directory, problem.get());
    }
    try {
      if (!Files.exists(directory)) {
        io.createDirectories(directory);
      }
      return directory.toRealPath();
    } catch (IOException e) {
      throw new ConfigException(key, directory, "the directory cannot be created: " + e);
    }
  }

  /** What is wrong with a directory that neither is there nor can be created, or is read-only. */
  static Optional<String> problem(Path directory) {
    Path parent = directory.toAbsolutePath().normalize().getParent();
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) { // perhaps only now, by another task
      return Files.isDirectory(directory)
          ? writable(directory)
          : Optional.of(directory + " is not a directory");
    }
    if (parent == null || !Files.isDirectory(parent)) {
      return Optional.of("neither " + directory + " nor its parent exists");
    }
    return writable(parent);
  }

  private static Optional<String> writable(Path directory) {
    return Files.isWritable(directory)
        ? Optional.empty()
        : Optional.of(directory + " cannot be written by this process, it may be read-only");
  }

  /**
   * The database file of a namespace; its directory exists afterwards.
   *
   * @throws RefusedPathException if the path is not what it says: a symbolic link, or below a file,
   *     or in a directory that has the name of another replica's file
   */
  Path database(Namespace namespace) throws IOException {
    Path database = replicas.resolve(namespace.name() + ".db");
    for (Path part : replicas.relativize(database.getParent())) {
      if (REPLICA_FILE.matcher(part.toString()).matches()) {
        throw new RefusedPathException(
            namespace + " needs a directory " + part + ", which is a name for a replica's file");
      }
    }
    descend(replicas, database.getParent());
    for (String suffix : new String[] {"", "-wal", "-shm", "-new"}) {
      Path file = database.resolveSibling(database.getFileName() + suffix);
      if (Files.isSymbolicLink(file)) {
        throw new RefusedPathException(file + " is a symbolic link, a replica must be a file");
      }
    }
    return database;
  }

  /** The state directory of a namespace; it exists afterwards. */
  Path state(Namespace namespace) throws IOException {
    Path directory = state.resolve(namespace.name());
    descend(state, directory);
    return directory;
  }

  /** The namespaces of which there is a database, links not followed. */
  List<Namespace> namespaces() throws IOException {
    List<Namespace> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(replicas)) {
      files
          .map(file -> replicas.relativize(file).toString())
          .filter(name -> name.endsWith(".db"))
          .map(name -> name.substring(0, name.length() - ".db".length()))
          .filter(Namespace::isValid)
          .forEach(name -> found.add(new Namespace(name)));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return found;
  }

  /** Walks down part by part, so that no link is followed and nothing is created behind one. */
  private void descend(Path root, Path directory) throws IOException {
    Path at = root;
    for (Path part : root.relativize(directory)) {
      at = at.resolve(part);
      if (Files.isSymbolicLink(at)) {
        throw new RefusedPathException(at + " is a symbolic link and may lead out of " + root);
      }
      if (!Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
        io.createDirectories(at);
      }
      if (!Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
        throw new RefusedPathException(at + " is not a directory");
      }
    }
  }
}
