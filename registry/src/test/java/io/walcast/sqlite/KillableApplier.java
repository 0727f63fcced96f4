package io.walcast.sqlite;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The main of a process that lives one {@link ApplierSession} and halts, as by a kill, when it
 * first comes to a step.
 *
 * <p>Arguments: replica, recorded transactions, name of the step. Prints {@code found n}, {@code
 * applied n}, and {@code halted} or {@code finished}.
 */
public final class KillableApplier {

  private KillableApplier() {}

  public static void main(String[] arguments) throws IOException {
    ApplierSession session =
        new ApplierSession(
            Path.of(arguments[0]), ReplicaJournal.WAL, RecordedPages.read(Path.of(arguments[1])));
    session.run(
        new HookedIo((operation, path) -> {}),
        step -> {
          if (step.equals(arguments[2])) {
            report(session, "halted");
            Runtime.getRuntime().halt(9);
          }
        });
    report(session, "finished");
  }

  private static void report(ApplierSession session, String end) {
    System.out.println(session.found + " " + session.applied + " " + end);
    System.out.flush();
  }
}
