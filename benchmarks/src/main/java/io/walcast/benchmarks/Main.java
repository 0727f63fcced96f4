package io.walcast.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs every benchmark beside its limit, some rounds of all of them, and prints a table of medians.
 * A figure is the best of ten short iterations of its round, the least disturbed one; a ratio is
 * taken within a round, where figure and limit ran one after the other.
 */
public final class Main {

  private static final Class<?>[] BENCHMARKS = {
    AppendBenchmark.class,
    InjectBenchmark.class,
    ReadBenchmark.class,
    ScanBenchmark.class,
    SealBenchmark.class,
    CheckpointBenchmark.class,
    OpenBenchmark.class
  };

  private Main() {}

  /**
   * Measures.
   *
   * @param args rounds; a regular expression of what to measure; a directory on the disk to use
   */
  public static void main(String[] args) throws RunnerException, IOException {
    int rounds = Integer.parseInt(args[0]);
    Pattern only = Pattern.compile(args[1]);
    System.setProperty(Scratch.DIRECTORY, Path.of(args[2]).toAbsolutePath().toString());
    Table table = new Table();
    for (int round = 1; round <= rounds; round++) {
      System.out.printf("round %d of %d, load %.2f%n", round, rounds, load());
      for (Class<?> benchmark : BENCHMARKS) {
        if (only.matcher(benchmark.getSimpleName()).find()) {
          table.add(run(benchmark));
        }
      }
    }
    System.out.print(table);
    if (only.matcher("HeapAtRest").find()) {
      HeapAtRest heap = HeapAtRest.measure();
      System.out.printf(
          "An open namespace at rest takes %,d bytes of heap (limit %,d, ratio %.2f); %,d of them"
              + " take %d threads.%n",
          heap.bytes(),
          HeapAtRest.LIMIT_BYTES,
          heap.bytes() / (double) HeapAtRest.LIMIT_BYTES,
          OpenBenchmark.NAMESPACES,
          heap.threads());
    }
  }

  private static Collection<RunResult> run(Class<?> benchmark) throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .include(Pattern.quote(benchmark.getName()) + "\\..*")
        .forks(1)
        .warmupIterations(2)
        .warmupTime(TimeValue.milliseconds(600))
        .measurementIterations(10)
        .measurementTime(TimeValue.milliseconds(150))
        .timeUnit(TimeUnit.NANOSECONDS)
        .shouldFailOnError(true)
        .jvmArgsAppend(
            "-Xmx1g", "-D" + Scratch.DIRECTORY + "=" + System.getProperty(Scratch.DIRECTORY))
        .verbosity(VerboseMode.SILENT);
    if (benchmark == OpenBenchmark.class) {
      options.mode(Mode.SingleShotTime).warmupIterations(0).measurementIterations(1);
    } else {
      options.mode(Mode.AverageTime);
    }
    return new Runner(options.build()).run();
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }
}
