package io.walcast.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The main of a process that opens a replica, says what change counter it finds, applies the
 * transactions that follow from a file, and halts after so many steps, as by a kill.
 *
 * <p>Arguments: replica, recorded pages, number of the step to halt at. Prints {@code found n}, and
 * {@code halted at <step>} or {@code finished}.
 */
public final class KillableApplier {

  static final int PAGE_SIZE = 1024;
  static final int TRANSACTIONS = 3;

  /** So few that one run sees checkpoints and resets. */
  static final LiveOptions OPTIONS = new LiveOptions(4, 1000, Duration.ZERO, Duration.ofSeconds(5));

  private int left;

  private KillableApplier(int steps) {
    this.left = steps;
  }

  private void step(String name) {
    if (left-- == 0) {
      System.out.println("halted at " + name);
      System.out.flush();
      Runtime.getRuntime().halt(9);
    }
  }

  public static void main(String[] arguments) throws IOException {
    new KillableApplier(Integer.parseInt(arguments[2]))
        .run(Path.of(arguments[0]), RecordedPages.read(Path.of(arguments[1])));
  }

  private void run(Path replica, List<Primary.Transaction> transactions) throws IOException {
    HookedIo io = new HookedIo((operation, path) -> step(operation + " " + path.getFileName()));
    if (!Files.exists(replica)) {
      LiveDatabase.create(io, replica, PAGE_SIZE, this::step);
    }
    try (LiveDatabase live = LiveDatabase.open(io, replica, OPTIONS, this::step)) {
      int found = live.changeCounter();
      System.out.println("found " + found);
      for (int i = 0; i < TRANSACTIONS; i++) { // counter n: n - 1 transactions are applied
        int next = found - 1 + i;
        Primary.Transaction transaction = transactions.get(next % transactions.size());
        live.apply(transaction, transaction.sizeAfter(), next + 2);
        System.out.println("applied " + (next + 2));
      }
      step("before force");
      live.force();
      ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
      live.readPage(1, page);
    }
    System.out.println("finished");
  }
}
