package io.walcast.examples;

import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/** The demo: databases of its own, an application that writes to them for a while, a comparison. */
final class DemoRun {
  private static final List<String> NAMESPACES =
      List.of("sensors", "shop/customers", "shop/orders");
  private static final int FIRST_ROWS = 500;
  private static final long PAUSE_NS = 3_000_000;

  private final Path home;
  private final Workspace workspace;
  private final ShutdownStack stack;
  private final Console console;

  DemoRun(Path home, Workspace workspace, ShutdownStack stack, Console console) {
    this.home = home;
    this.workspace = workspace;
    this.stack = stack;
    this.console = console;
  }

  Verdict run(Duration time) throws IOException, InterruptedException {
    SqliteProcess application = stack.push(SqliteProcess.start());
    Map<String, DemoDatabase> databases = create(application);
    console.say(
        "Made %d databases below %s; replicas go to %s."
            .formatted(databases.size(), workspace.databases(), workspace.replicas()));
    FoundDatabases found = FoundDatabases.below(workspace.databases());
    Replication replication = Replication.start(home, workspace, found, stack, console);
    // The first snapshots go ahead, so that the numbers shown are those of the writing.
    new CatchUp(replication, found.byNamespace().keySet()).await();
    console.say(
        "Process %d now writes to them with stock SQLite for %d s:"
            .formatted(application.pid(), time.toSeconds()));
    replication.live().show();
    int transactions = write(databases, time, replication);
    databases.values().forEach(DemoDatabase::close);
    application.close();
    console.say("It made %,d transactions and has ended.".formatted(transactions));
    Map<String, String> failures = new CatchUp(replication, found.byNamespace().keySet()).await();
    replication.live().hide();
    Verdict verdict = new Comparisons(console, workspace).run(found, failures, stack);
    return new Verdict(
        verdict.ok(), verdict.text() + " after %,d transactions".formatted(transactions));
  }

  private Map<String, DemoDatabase> create(SqliteProcess application) throws IOException {
    Map<String, DemoDatabase> databases = new LinkedHashMap<>();
    for (String namespace : NAMESPACES) {
      Path file = workspace.databases().resolve(namespace + ".db");
      Files.createDirectories(file.getParent());
      DemoDatabase database = new DemoDatabase(application.open(file), namespace.hashCode());
      database.create(FIRST_ROWS);
      databases.put(namespace, database);
    }
    return databases;
  }

  /** One thread for each database, as applications are. */
  private int write(Map<String, DemoDatabase> databases, Duration time, Replication replication)
      throws IOException, InterruptedException {
    long endNs = System.nanoTime() + time.toNanos();
    ExecutorService threads = Executors.newFixedThreadPool(databases.size());
    stack.push(threads::shutdownNow);
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (DemoDatabase database : databases.values()) {
      writers.add(CompletableFuture.runAsync(() -> writeUntil(database, endNs), threads));
    }
    while (!writers.stream().allMatch(CompletableFuture::isDone)) {
      replication.check();
      Thread.sleep(50);
    }
    threads.shutdown();
    writers.forEach(CompletableFuture::join);
    return databases.values().stream().mapToInt(DemoDatabase::transactions).sum();
  }

  private static void writeUntil(DemoDatabase database, long endNs) {
    while (System.nanoTime() - endNs < 0 && !Thread.currentThread().isInterrupted()) {
      database.write();
      LockSupport.parkNanos(PAUSE_NS);
    }
  }
}
