package io.walcast.testkit;

/**
 * How every child JVM with SQLite in it is started: small, quick to start, and with nothing on its
 * class path but the testkit and sqlite-jdbc. Stateless; any thread.
 */
final class SqliteJvm {
  private SqliteJvm() {}

  static JavaProcess.Builder running(Class<?> main, NativeLibraryDirectory libraries) {
    return JavaProcess.running(main.getName())
        .classPath(ClassPaths.holding(main.getName(), "org.sqlite.JDBC"))
        .jvm("-XX:+UseSerialGC", libraries.jvmOption());
  }
}
