package io.walcast.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The class path of a Connect worker, cut out of this JVM's: without the connector under test and
 * what belongs to it, since a worker must load those from {@code plugin.path}, and without what
 * only tests use. Stateless; any thread.
 */
final class WorkerClassPath {
  private static final Path TESTKIT = ClassPaths.locate(Leash.class.getName());

  private static final List<String> NOT_THE_WORKERS =
      List.of(
          "walcast-",
          "RoaringBitmap-",
          "sqlite-jdbc-",
          "testcontainers-",
          "docker-java-",
          "junit-",
          "assertj-",
          "archunit-",
          "surefire-");

  private WorkerClassPath() {}

  /** Jars of Kafka and what it needs; of directories, which hold builds, only the testkit's. */
  static String ofThisJvm() {
    return ClassPaths.current(entry -> entry.equals(TESTKIT) || isWorkers(entry));
  }

  private static boolean isWorkers(Path entry) {
    return !Files.isDirectory(entry)
        && NOT_THE_WORKERS.stream().noneMatch(entry.getFileName().toString()::startsWith);
  }
}
