package io.walcast.sqlite;

import io.walcast.io.Io;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * One life of an applier: opens the replica, finds out where it is, checks that every page is of
 * that state, and applies some transactions. With change counter n, n - 1 are applied.
 */
final class ApplierSession {

  static final int PAGE_SIZE = 1024;

  private static final int TRANSACTIONS = 3;

  /** So few frames that one session sees checkpoints and resets. */
  private static final LiveOptions OPTIONS =
      new LiveOptions(4, 40, Duration.ZERO, Duration.ofSeconds(5));

  private final Path replica;
  private final ReplicaJournal journal;
  private final List<Primary.Transaction> transactions;
  int found = -1;
  int applied = -1;
  boolean finished;

  ApplierSession(Path replica, ReplicaJournal journal, List<Primary.Transaction> transactions) {
    this.replica = replica;
    this.journal = journal;
    this.transactions = transactions;
  }

  void run(Io io, Steps steps) throws IOException {
    if (!Files.exists(replica)) {
      EmptyDatabase.create(io, replica, journal, PAGE_SIZE, steps);
    }
    try (ReplicaDatabase live = journal.open(io, replica, OPTIONS, steps)) {
      found = live.changeCounter();
      checkPages(live);
      for (int i = 0; i < TRANSACTIONS; i++) {
        Primary.Transaction transaction = transactions.get(found - 1 + i);
        live.apply(transaction, transaction.sizeAfter(), found + 1 + i);
        applied = found + 1 + i;
      }
      live.force();
    }
  }

  private void checkPages(ReplicaDatabase live) throws IOException {
    if (found == 1) {
      return; // fresh
    }
    Primary.Transaction expected = Transfers.snapshot(transactions, found - 1);
    if (live.sizePages() != expected.sizeAfter()) {
      throw new IllegalStateException(
          live.sizePages() + " pages at counter " + found + ", not " + expected.sizeAfter());
    }
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
    for (int i = 1; i < expected.count(); i++) {
      live.readPage(expected.pageNo(i), page.clear());
      if (!Arrays.equals(page.array(), expected.pages().get(expected.pageNo(i)))) {
        throw new IllegalStateException(
            "page " + expected.pageNo(i) + " is not that of counter " + found);
      }
    }
  }
}
