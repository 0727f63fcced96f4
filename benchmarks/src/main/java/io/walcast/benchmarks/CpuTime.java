package io.walcast.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Processor time of the measuring thread: what a busy machine disturbs least. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class CpuTime {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Nanoseconds of all invocations. */
  public long cpuNanos;

  /** How many they were. */
  public long invocations;

  private long begun;

  void begin() {
    begun = THREADS.getCurrentThreadCpuTime();
  }

  void end() {
    cpuNanos += THREADS.getCurrentThreadCpuTime() - begun;
    invocations++;
  }
}
