package io.walcast.benchmarks;

import java.io.IOException;

/** The heap that an open namespace takes while nothing happens in it, and its threads. */
record HeapAtRest(long bytes, int threads) {

  /** What a namespace may take. */
  static final long LIMIT_BYTES = 4_096;

  /** Opens 10,000 namespaces and looks. */
  static HeapAtRest measure() throws IOException {
    try (Scratch scratch = new Scratch();
        Logs logs = new Logs(scratch)) {
      logs.open("first", new NoTarget()); // and with it every class
      long bytes = used();
      int threads = Thread.activeCount();
      for (int i = 0; i < OpenBenchmark.NAMESPACES; i++) {
        logs.open("namespace-" + i, new NoTarget());
      }
      return new HeapAtRest(
          (used() - bytes) / OpenBenchmark.NAMESPACES, Thread.activeCount() - threads);
    }
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
