package io.walcast.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directories of one run.
 *
 * <p>What Kafka, the worker and the source have to remember lies beside the replicas. The three
 * belong together: a source that remembers its frames as published, and a broker that never saw
 * them, would leave the replicas waiting for a snapshot that nobody sends. So a second run on the
 * same replicas goes on where the first one stopped, and a run on fresh ones starts from nothing,
 * whatever ran on the same databases before.
 *
 * @param databases the primaries
 * @param replicas the copies
 * @param memory what has to be remembered between runs
 * @param temporary the directory to delete in the end, if this was a demo
 */
record Workspace(Path databases, Path replicas, Path memory, Optional<Path> temporary) {

  /** Starts with a dot, so it is no part of a namespace. */
  private static final String MEMORY = ".quickstart";

  static Workspace of(QuickStartOptions options) throws IOException, UsageException {
    if (options.isDemo()) {
      Path root = Files.createTempDirectory("walcast-quickstart-");
      return create(root.resolve("databases"), root.resolve("replicas"), root, Optional.of(root));
    }
    Path databases = options.databases().orElseThrow().toAbsolutePath().normalize();
    Path replicas = options.replicas().orElseThrow().toAbsolutePath().normalize();
    if (!Files.isDirectory(databases)) {
      throw new UsageException("--databases: there is no directory " + databases);
    }
    if (Files.exists(replicas) && !Files.isDirectory(replicas)) {
      throw new UsageException("--replicas: not a directory: " + replicas);
    }
    Files.createDirectories(replicas);
    Path realDatabases = databases.toRealPath();
    Path realReplicas = replicas.toRealPath();
    if (realReplicas.startsWith(realDatabases) || realDatabases.startsWith(realReplicas)) {
      throw new UsageException(
          "--databases and --replicas must not lie in each other: " + databases + ", " + replicas);
    }
    return create(databases, replicas, replicas.resolve(MEMORY), Optional.empty());
  }

  private static Workspace create(
      Path databases, Path replicas, Path memory, Optional<Path> temporary) throws IOException {
    Files.createDirectories(databases);
    Files.createDirectories(replicas);
    Files.createDirectories(memory);
    return new Workspace(databases, replicas, memory, temporary);
  }

  Path log() {
    return memory.resolve("quickstart.log");
  }

  Path kafka() {
    return memory.resolve("kafka");
  }

  Path connectOffsets() {
    return memory.resolve("connect.offsets");
  }

  Path sourceState() {
    return memory.resolve("source");
  }

  /** What the sink remembers of a namespace, in the place that it chooses by itself. */
  Path sinkState(String namespace) {
    return replicas.resolve(".walcast").resolve(namespace);
  }

  Path replica(String namespace) {
    return replicas.resolve(namespace + ".db");
  }

  /** Deletes what a demo left, but for its log. */
  void deleteDemo() throws IOException {
    if (temporary.isEmpty()) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(temporary.get())) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      if (!path.equals(log()) && !path.equals(temporary.get())) {
        Files.deleteIfExists(path);
      }
    }
  }
}
