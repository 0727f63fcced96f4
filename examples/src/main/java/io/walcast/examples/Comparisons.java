package io.walcast.examples;

import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Compares all replicas of a run, says what it found, and comes to a verdict. */
final class Comparisons {
  /** How long a replica may take to show what its primary shows. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final long BASE_HEAP_MEGABYTES = 256;

  private final Console console;
  private final Workspace workspace;

  Comparisons(Console console, Workspace workspace) {
    this.console = console;
    this.workspace = workspace;
  }

  /**
   * Compares.
   *
   * @param failures namespaces or files that did not get as far as a comparison, and why
   */
  Verdict run(FoundDatabases found, Map<String, String> failures, ShutdownStack stack)
      throws IOException {
    console.say("Comparing every replica with its primary, in another process:");
    Map<String, String> findings = new TreeMap<>(failures);
    long pages = 0;
    SqliteProcess sqlite = stack.push(SqliteProcess.start(heapMegabytes(found)));
    ReplicaComparison comparison = new ReplicaComparison(sqlite);
    failures.forEach((name, reason) -> console.say("  " + name + ": FAILED: " + reason));
    for (Map.Entry<String, Path> database : found.byNamespace().entrySet()) {
      String namespace = database.getKey();
      if (failures.containsKey(namespace)) {
        continue;
      }
      ReplicaComparison.Result result =
          comparison.awaitEqual(database.getValue(), workspace.replica(namespace), PATIENCE);
      pages += result.pages();
      if (result.equal()) {
        console.say(
            "  %s: equal (%,d pages, content, integrity_check)"
                .formatted(namespace, result.pages()));
      } else {
        findings.put(namespace, finding(result));
        console.say("  " + namespace + ": NOT EQUAL: " + finding(result));
      }
    }
    sqlite.close();
    return verdict(found.byNamespace().size() + found.refusals().size(), findings, pages);
  }

  private static String finding(ReplicaComparison.Result result) {
    return result.primaryChanging()
        ? result.finding()
            + "; the primary never rested for long enough to be compared, in "
            + PATIENCE.toSeconds()
            + " s"
        : result.finding();
  }

  private static Verdict verdict(int databases, Map<String, String> findings, long pages) {
    int equal = databases - findings.size();
    String count =
        "%d of %d %s"
            .formatted(
                equal,
                databases,
                databases == 1 ? "replica equals its primary" : "replicas equal their primaries");
    if (findings.isEmpty()) {
      return new Verdict(true, "%s (%,d pages)".formatted(count, pages));
    }
    List<String> reasons = new ArrayList<>();
    findings.forEach((name, reason) -> reasons.add(name + ": " + reason));
    return Verdict.failed(count + "; " + String.join("; ", reasons));
  }

  /** SQLite hands a whole database over as one array, and a second one holds it meanwhile. */
  private static int heapMegabytes(FoundDatabases found) throws IOException {
    return Math.toIntExact(BASE_HEAP_MEGABYTES + 3 * (found.largestBytes() >> 20));
  }
}
