package io.walcast.registry;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.storage.NoStorage;
import io.walcast.testing.FaultyIo;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import io.walcast.transaction.Savepoint;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every change of the disk fails in turn, once or for good, and an oracle knows what is left. */
class EveryFaultTest {

  private static final int STEPS = 40;

  @TempDir Path directory;
  private final long seed = Long.getLong("walcast.seed", System.nanoTime());

  /** One run of a random workload, the same for every fault. */
  private final class Run {

    private final FaultyIo io = new FaultyIo(seed);
    private final SplittableRandom random = new SplittableRandom(seed);
    private final MemoryTarget target = new MemoryTarget();
    private final RegistryFixture fixture;
    private final String description;
    private final List<Map<Integer, Long>> attempted = new ArrayList<>(List.of(Map.of()));
    private int committed;
    private long version;
    private WalRegistry registry;

    private Run(String name) {
      fixture = new RegistryFixture(directory.resolve(name));
      description = "seed " + seed + ", " + name;
    }

    private SharedWal open() throws IOException {
      registry = RegistryFixture.registry(io, new NoStorage());
      return registry.open(NAMESPACE, fixture.request(target));
    }

    private void step(SharedWal wal) throws IOException {
      switch (random.nextInt(6)) {
        case 0 -> wal.swap();
        case 1 -> wal.checkpoint();
        case 2 -> rollBackOne(wal);
        default -> commitOne(wal);
      }
    }

    private void commitOne(SharedWal wal) throws IOException {
      Map<Integer, Long> after = new TreeMap<>(attempted.get(committed));
      int size = 1 + random.nextInt(8);
      after.keySet().removeIf(pageNo -> pageNo > size);
      version++;
      for (int pageNo = 1; pageNo <= size; pageNo++) {
        if (!after.containsKey(pageNo) || random.nextInt(3) == 0 || pageNo == 1) {
          after.put(pageNo, version);
        }
      }
      attempted.subList(committed + 1, attempted.size()).clear();
      attempted.add(after);
      try (WriteTransaction transaction = wal.beginWrite()) {
        insertGarbage(transaction);
        Savepoint savepoint = transaction.savepoint();
        insertGarbage(transaction);
        transaction.rollbackTo(savepoint);
        transaction.release(savepoint);
        for (Map.Entry<Integer, Long> page : after.entrySet()) {
          if (page.getValue() == version) {
            transaction.insert(page.getKey(), Pages.page(PAGE_SIZE, version));
          }
        }
        transaction.commit(size);
      }
      committed++;
    }

    /** Of page 1, which every commit writes again, and of a page beyond every size. */
    private void insertGarbage(WriteTransaction transaction) throws IOException {
      for (int i = random.nextInt(3); i > 0; i--) {
        transaction.insert(random.nextBoolean() ? 1 : 9, Pages.page(PAGE_SIZE, 1_000_000));
      }
    }

    private void rollBackOne(SharedWal wal) throws IOException {
      try (WriteTransaction transaction = wal.beginWrite()) {
        transaction.insert(1, Pages.page(PAGE_SIZE, 1_000_000));
      }
    }

    private Map<Integer, Long> pages(SharedWal wal) throws IOException {
      return RegistryFixture.versions(wal, version);
    }
  }

  @Test
  void aCrashAtAnyChangeOfTheDiskLeavesWhatWasCommittedAndNothingElse() throws IOException {
    boolean crashed = true;
    for (int n = 1; crashed; n++) {
      Run run = new Run("crash at change " + n);
      run.io.failFrom(n, Long.MAX_VALUE);
      try {
        SharedWal wal = run.open();
        for (int i = 0; i < STEPS; i++) {
          run.step(wal);
        }
      } catch (IOException e) {
        assertThat(e).as(run.description).hasStackTraceContaining("injected");
      }
      run.registry.remove(NAMESPACE);
      crashed = run.io.heal();
      SharedWal again = run.open();
      List<Map<Integer, Long>> possible =
          run.attempted.subList(run.committed, run.attempted.size());
      assertThat(possible).as(run.description).contains(run.pages(again));
      again.close();
    }
  }

  @Test
  void aSingleFaultCostsTheStepThatItHitsAndNothingElse() throws IOException {
    boolean failed = true;
    for (int n = 1; failed; n++) {
      Run run = new Run("fault at change " + n);
      SharedWal wal = run.open();
      run.io.failFrom(n, 1);
      int failures = 0;
      for (int i = 0; i < STEPS; i++) {
        try {
          run.step(wal);
        } catch (IOException e) {
          assertThat(e).as(run.description).hasMessageContaining("injected");
          failures++;
        }
        assertThat(run.pages(wal)).as(run.description).isEqualTo(run.attempted.get(run.committed));
      }
      failed = run.io.heal();
      assertThat(failures).as(run.description).isLessThanOrEqualTo(1);
      wal.close();
      SharedWal again = run.open();
      assertThat(run.pages(again)).as(run.description).isEqualTo(run.attempted.get(run.committed));
      again.close();
    }
  }
}
