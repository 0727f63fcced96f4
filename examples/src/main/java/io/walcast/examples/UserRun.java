package io.walcast.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Replicates a user's databases: until a signal comes, or once. */
final class UserRun {
  private static final long CHECK_INTERVAL_MS = 1_000;

  private final Path home;
  private final Workspace workspace;
  private final ShutdownStack stack;
  private final Console console;

  UserRun(Path home, Workspace workspace, ShutdownStack stack, Console console) {
    this.home = home;
    this.workspace = workspace;
    this.stack = stack;
    this.console = console;
  }

  Verdict run(boolean once) throws IOException, InterruptedException {
    FoundDatabases found = FoundDatabases.below(workspace.databases());
    console.say(
        "Found %d SQLite databases below %s; replicas go to %s."
            .formatted(
                found.byNamespace().size() + found.refusals().size(),
                workspace.databases(),
                workspace.replicas()));
    found
        .refusals()
        .forEach((file, reason) -> console.say("  " + file + " is left out: " + reason));
    if (once && found.byNamespace().isEmpty()) {
      return Verdict.failed(
          found.refusals().isEmpty()
              ? "there is no SQLite database below " + workspace.databases()
              : "no database can be replicated: " + found.refusals());
    }
    Replication replication = Replication.start(home, workspace, found, stack, console);
    replication.live().show();
    return once ? once(found, replication) : untilSignal(replication);
  }

  private Verdict once(FoundDatabases found, Replication replication)
      throws IOException, InterruptedException {
    Map<String, String> failures = new TreeMap<>(found.refusals());
    failures.putAll(new CatchUp(replication, found.byNamespace().keySet()).await());
    replication.live().hide();
    return new Comparisons(console, workspace).run(found, failures, stack);
  }

  private Verdict untilSignal(Replication replication) throws IOException, InterruptedException {
    console.say("Replicating until Ctrl-C. Log: " + workspace.log());
    while (true) {
      replication.check();
      Thread.sleep(CHECK_INTERVAL_MS);
    }
  }
}
