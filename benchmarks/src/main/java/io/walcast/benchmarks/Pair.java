package io.walcast.benchmarks;

import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Something the registry does, and the least work that could do the same. */
@State(Scope.Thread)
public abstract class Pair {

  /** What the registry does. */
  abstract void work() throws IOException;

  /** The least work. */
  abstract void leastWork() throws IOException;

  /** Measures the registry. */
  @Benchmark
  public void walcast(CpuTime cpu) throws IOException {
    cpu.begin();
    work();
    cpu.end();
  }

  /** Measures the least work. */
  @Benchmark
  public void limit(CpuTime cpu) throws IOException {
    cpu.begin();
    leastWork();
    cpu.end();
  }
}
