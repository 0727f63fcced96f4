package io.walcast.testkit.fuzz;

import io.walcast.testkit.JavaProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One run of Jazzer over one target, coverage-guided, in a JVM of its own with a small heap. Any
 * thread may run it.
 */
final class JazzerRun {

  private static final Pattern EXECUTED = Pattern.compile("number_of_executed_units: (\\d+)");
  private static final Pattern NO_LIBRARY =
      Pattern.compile("(?m)^.*(UnsatisfiedLinkError|Unsupported (OS|platform|arch)).*$");

  /** An input that takes longer hangs; far above what any takes on a busy machine. */
  private static final int HANG_SECONDS = 20;

  /** They allocate within the regular expressions of the JDK. */
  private static final List<String> COSTLY_HOOKS =
      List.of(
          "com.code_intelligence.jazzer.sanitizers.RegexInjection",
          "com.code_intelligence.jazzer.sanitizers.RegexRoadblocks");

  private static final int MAX_INPUT_BYTES = 8192;
  private static final int LAST_LINES = 60;

  private final Class<?> target;
  private final int seconds;
  private final Path directory;

  /**
   * Runs nothing yet.
   *
   * @param directory where corpus, log and findings go; must be empty
   */
  JazzerRun(Class<?> target, int seconds, Path directory) {
    this.target = target;
    this.seconds = seconds;
    this.directory = directory;
  }

  FuzzResult run() throws Exception {
    Path corpus = Files.createDirectories(directory.resolve("corpus"));
    int i = 0;
    for (byte[] input : FuzzInputs.of(target).values()) {
      Files.write(corpus.resolve("seed-" + i++), input);
    }
    Path log = directory.resolve("log");
    int exit = fuzz(corpus, log);
    String said = Files.readString(log);
    Matcher executed = EXECUTED.matcher(said);
    long executions = executed.find() ? Long.parseLong(executed.group(1)) : 0;
    said.lines()
        .filter(line -> line.contains("DONE"))
        .forEach(done -> System.out.println("fuzzed " + target.getSimpleName() + ": " + done));
    Matcher unsupported = NO_LIBRARY.matcher(said);
    if (exit != 0 && executions == 0 && unsupported.find()) {
      return new FuzzResult(executions, Optional.of(unsupported.group().trim()), Optional.empty());
    }
    return exit == 0
        ? new FuzzResult(executions, Optional.empty(), Optional.empty())
        : new FuzzResult(executions, Optional.empty(), Optional.of(finding(exit, said)));
  }

  private int fuzz(Path corpus, Path log) throws IOException {
    try (JavaProcess jazzer =
        JavaProcess.leashed("com.code_intelligence.jazzer.Jazzer")
            .jvm("-Xmx256m", "-XX:+UseSerialGC", "-XX:-OmitStackTraceInFastThrow", quiet())
            .args(
                "--target_class=" + FuzzEntry.class.getName(),
                "--target_args=" + target.getName(),
                "--instrumentation_includes=io.walcast.**",
                "--custom_hook_includes=none", // its sanitizers look for other faults
                "--disabled_hooks=" + String.join(File.pathSeparator, COSTLY_HOOKS),
                "--reproducer_path=" + directory,
                "-artifact_prefix=" + directory + "/",
                "-max_total_time=" + seconds,
                "-max_len=" + MAX_INPUT_BYTES,
                "-timeout=" + HANG_SECONDS,
                "-use_value_profile=1",
                "-print_final_stats=1",
                corpus.toString())
            .directory(directory)
            .log(log)
            .start()) {
      if (!jazzer.exitsWithin(Duration.ofSeconds(2L * seconds + 120))) {
        throw new IllegalStateException(jazzer + " does not end; see " + log);
      }
      return jazzer.process().exitValue();
    }
  }

  /** Decoders report what they refuse; a hundred thousand reports are of no use. */
  private String quiet() throws IOException {
    Path file = directory.resolve("log4j2.properties");
    Files.writeString(file, "status = error\nrootLogger.level = off\n");
    return "-Dlog4j2.configurationFile=" + file.toUri();
  }

  private String finding(int exit, String said) throws IOException {
    List<String> lines = said.lines().filter(line -> !line.startsWith("#")).toList();
    StringBuilder text = new StringBuilder();
    text.append(target.getName()).append(": Jazzer ended with ").append(exit).append('\n');
    lines.stream()
        .skip(Math.max(0, lines.size() - LAST_LINES))
        .forEach(line -> text.append(line).append('\n'));
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (file.getFileName().toString().matches("(crash|timeout|oom)-.*")) {
          text.append("keep as src/test/fuzz/").append(target.getSimpleName()).append("/*.hex:\n");
          text.append(KeptInputs.print(Files.readAllBytes(file))).append('\n');
        }
      }
    }
    return text.toString();
  }
}
