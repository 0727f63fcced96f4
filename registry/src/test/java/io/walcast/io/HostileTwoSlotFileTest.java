package io.walcast.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testing.DiskOperation;
import io.walcast.testing.SimulatedIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Records on a disk whose every change fails in turn, and whose power is cut at each. */
class HostileTwoSlotFileTest {

  private static final int STEPS = 25;
  private static final int ROUNDS = Integer.getInteger("walcast.rounds", 9);
  private static final long SEED = Long.getLong("walcast.seed", System.nanoTime());
  private static final boolean ONE = System.getProperty("walcast.seed") != null;

  /** One file, all of whose writes are synced, and what it may hold: one of these numbers. */
  private static final class Run {

    private final SimulatedIo io;
    private final SplittableRandom random;
    private final String description;
    private final Path path;
    private TwoSlotFile file;
    private long durable; // the last write that succeeded; 0: none
    private long attempted; // the last one that was tried

    private Run(long seed, String description) {
      this.io = new SimulatedIo(seed);
      this.random = new SplittableRandom(seed);
      this.description = "-Dwalcast.seed=" + seed + ", " + description;
      this.path = io.mount(Path.of("/disk")).resolve("record");
      this.file = new TwoSlotFile(io, path, Long.BYTES);
    }

    private void steps() {
      for (int i = 0; i < STEPS; i++) {
        try {
          step();
        } catch (IOException e) {
          assertThat(e).as(description).hasStackTraceContaining("injected");
        }
      }
    }

    private void step() throws IOException {
      switch (random.nextInt(4)) {
        case 0 -> reopen();
        case 1 -> check();
        default -> {
          attempted++;
          file.write(ByteBuffer.allocate(Long.BYTES).putLong(0, attempted), true);
          durable = attempted;
        }
      }
    }

    private void reopen() throws IOException {
      file.close();
      file = new TwoSlotFile(io, path, Long.BYTES);
    }

    private void check() throws IOException {
      byte[] found = file.read();
      long number = found == null ? 0 : ByteBuffer.wrap(found).getLong();
      assertThat(number).as(description).isBetween(durable, attempted);
    }

    private void crashAndCheck() throws IOException {
      io.crash();
      reopen();
      check();
    }
  }

  @FunctionalInterface
  private interface Fault {
    void set(SimulatedIo io, int n);
  }

  private static void campaign(String what, Fault fault) throws IOException {
    for (int i = 0; i < (ONE ? 1 : ROUNDS); i++) {
      boolean failed = true;
      for (int n = 1; failed; n++) {
        Run run = new Run(SEED + i, what + " " + n);
        fault.set(run.io, n);
        run.steps();
        failed = run.io.heal();
        run.crashAndCheck();
        run.steps();
        run.crashAndCheck();
      }
    }
  }

  @Test
  void afterAPowerCutAtAnyChangeItHasTheLastRecordOrOneThatWasTriedLater() throws IOException {
    campaign("power cut at change", SimulatedIo::cutPowerAt);
  }

  @Test
  void aFailureCostsTheWriteThatItHitsAndNoOther() throws IOException {
    campaign("failure of change", (io, n) -> io.failFrom(n, 1 + n % 3));
  }

  @Test
  void aSyncThatFailsIsNeverFollowedByAWriteOverTheOnlyRecordThatIsThere() throws IOException {
    Set<DiskOperation> syncs = Set.of(DiskOperation.SYNC, DiskOperation.SYNC_DIRECTORY);
    campaign("failure of sync", (io, n) -> io.failFrom(syncs, n, 1 + n % 2));
  }

  /** The power goes some changes after a sync has failed. */
  @Test
  void norIsItWhenThePowerGoesInThatWrite() throws IOException {
    for (int i = 0; i < (ONE ? 1 : ROUNDS * 60); i++) {
      Run run = new Run(SEED + i, "failed sync, then power cut");
      run.io.failFrom(Set.of(DiskOperation.SYNC), 1 + i % 7, 1);
      while (run.io.failures() == 0) {
        run.steps();
      }
      run.io.heal();
      run.io.cutPowerAt(1 + i % 5);
      run.steps();
      run.crashAndCheck();
    }
  }
}
