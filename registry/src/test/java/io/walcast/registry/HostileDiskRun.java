package io.walcast.registry;

import static io.walcast.testing.RegistryFixture.NAMESPACE;
import static io.walcast.testing.RegistryFixture.PAGE_SIZE;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.checkpoint.PrivateDatabase;
import io.walcast.segment.CorruptSegmentException;
import io.walcast.storage.NoStorage;
import io.walcast.testing.MemoryTarget;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import io.walcast.testing.SimulatedIo;
import io.walcast.transaction.ReadTransaction;
import io.walcast.transaction.Savepoint;
import io.walcast.transaction.WriteTransaction;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * One log on a disk that fails, beside an oracle that knows which states it may be in.
 *
 * <p>Reported durable is what has been folded into the target and, in a log that is synced, what
 * was committed when a swap succeeded, and what an opening found: both seal. A commit that failed
 * may have happened only for as long as no later one has succeeded.
 */
final class HostileDiskRun {

  private static final Path DIRECTORY = Path.of("/disk");

  final SimulatedIo io;
  private final SplittableRandom random;
  private final MemoryTarget target = new MemoryTarget();
  private final RegistryFixture fixture = new RegistryFixture(DIRECTORY);
  private final String description;
  private final Path database;
  private final boolean sync;
  private final List<Map<Integer, Long>> committed = new ArrayList<>(List.of(Map.of()));
  private int sealed; // index of the newest state that no current segment holds
  private int durable; // index of the newest state that must survive
  private Map<Integer, Long> inDoubt; // null: none
  private long version;
  private WalRegistry registry;
  private SharedWal wal; // null: not open

  /**
   * A log in a directory that exists, where a private target wants it to.
   *
   * @param database of a private target; null: the target is in memory
   */
  HostileDiskRun(long seed, boolean sync, Path database, String description) {
    this.database = database;
    this.sync = sync;
    this.io = new SimulatedIo(seed);
    this.random = new SplittableRandom(seed);
    this.description = "-Dwalcast.seed=" + seed + (sync ? ", " : ", not synced, ") + description;
    io.mount(database == null ? DIRECTORY : database.getParent());
  }

  void open() throws IOException {
    registry =
        new WalRegistry(
            io,
            new NoStorage(),
            RegistryFixture.UNNOTIFIED,
            RegistryOptions.defaults().withSyncOnSeal(sync));
    wal =
        registry.open(
            NAMESPACE,
            database == null
                ? fixture.request(target)
                : PrivateDatabase.open(io, database, PAGE_SIZE, 1));
  }

  void close() throws IOException {
    wal = null;
    registry.remove(NAMESPACE);
  }

  boolean isOpen() {
    return wal != null;
  }

  /** One random step; opens the log if it is closed. */
  void step() throws IOException {
    if (wal == null) {
      open();
      found();
      return;
    }
    switch (random.nextInt(12)) {
      case 0, 1 -> swap();
      case 2, 3 -> checkpoint();
      case 4 -> rollBack();
      case 5 -> close();
      default -> commit();
    }
  }

  /** A commit or a swap that finds committed pages gone says so; it does not count them in. */
  void stepOnWhatMayBeLost() throws IOException {
    if (wal == null) {
      crashAndReopen(false);
      return;
    }
    try {
      if (random.nextBoolean()) {
        swap();
      } else {
        commit();
      }
    } catch (CorruptSegmentException e) {
      assertThat(e).as(description).hasMessageContaining("sync that failed has lost");
    }
    try {
      checkReading();
    } catch (CorruptSegmentException | EOFException e) {
      assertThat(e).as(description).hasMessageContaining(".seg");
    }
  }

  private void swap() throws IOException {
    if (wal.swap()) {
      sealed = committed.size() - 1;
      durable = sync ? sealed : durable;
      inDoubt = null;
    }
  }

  /** The target loses nothing. */
  private void checkpoint() throws IOException {
    wal.checkpoint();
    if (wal.tailLength() == 0) {
      durable = sealed;
    }
  }

  void commit() throws IOException {
    Map<Integer, Long> after = new TreeMap<>(last());
    int size = 1 + random.nextInt(8);
    after.keySet().removeIf(pageNo -> pageNo > size);
    version++;
    for (int pageNo = 1; pageNo <= size; pageNo++) {
      if (!after.containsKey(pageNo) || random.nextInt(3) == 0 || pageNo == 1) {
        after.put(pageNo, version);
      }
    }
    Map<Integer, Long> doubtBefore = inDoubt;
    try (WriteTransaction transaction = wal.beginWrite()) {
      inDoubt = after;
      for (Map.Entry<Integer, Long> page : after.entrySet()) {
        if (page.getValue() == version) {
          transaction.insert(page.getKey(), page(page.getKey(), version));
          writeAndTakeBack(transaction);
        }
      }
      transaction.commit(size);
    } finally {
      inDoubt = inDoubt == after ? after : doubtBefore;
    }
    committed.add(after);
    inDoubt = null;
  }

  private void writeAndTakeBack(WriteTransaction transaction) throws IOException {
    if (random.nextInt(3) == 0) {
      Savepoint savepoint = transaction.savepoint();
      transaction.insert(1 + random.nextInt(9), Pages.page(PAGE_SIZE, 2_000_000));
      transaction.rollbackTo(savepoint);
    }
  }

  private void rollBack() throws IOException {
    try (WriteTransaction transaction = wal.beginWrite()) {
      for (int pageNo = 1; pageNo < 2 + random.nextInt(4); pageNo++) {
        transaction.insert(pageNo, Pages.page(PAGE_SIZE, 1_000_000));
      }
    }
  }

  private Map<Integer, Long> last() {
    return committed.get(committed.size() - 1);
  }

  private Map<Integer, Long> pages() throws IOException {
    Map<Integer, Long> versions = new TreeMap<>();
    try (ReadTransaction snapshot = wal.beginRead()) {
      for (int pageNo = 1; pageNo <= snapshot.sizePages(); pageNo++) {
        ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
        snapshot.readPage(pageNo, page);
        long found = page.getLong(PAGE_SIZE - Long.BYTES);
        assertThat(found).as(description).isBetween(1L, version);
        assertThat(page.flip()).as(description).isEqualTo(page(pageNo, found));
        versions.put(pageNo, found);
      }
    }
    return versions;
  }

  /** Ends with its version; the first one begins as a database has to. */
  private static ByteBuffer page(int pageNo, long version) {
    ByteBuffer page = Pages.page(PAGE_SIZE, version);
    if (pageNo == 1) {
      page.put(0, "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII));
      page.putShort(16, (short) PAGE_SIZE).put(18, (byte) 2).put(19, (byte) 2).put(20, (byte) 0);
      page.put(21, (byte) 64).put(22, (byte) 32).put(23, (byte) 32);
    }
    return page.putLong(PAGE_SIZE - Long.BYTES, version);
  }

  /** While the machine is up nothing committed is ever missing, whatever fails. */
  void checkReading() throws IOException {
    if (wal != null) {
      assertThat(pages()).as(description).isEqualTo(last());
    }
  }

  /** After an opening without a crash: nothing is lost but what was never committed. */
  private void found() throws IOException {
    Map<Integer, Long> pages = pages();
    if (pages.equals(inDoubt)) {
      committed.add(pages);
    }
    assertThat(pages).as(description).isEqualTo(last());
    opened();
  }

  private void opened() {
    inDoubt = null;
    sealed = committed.size() - 1;
    durable = sync ? sealed : durable;
  }

  /** Power goes and comes back; the log opens, at the second attempt if the first one is cut. */
  void crashAndReopen(boolean twice) throws IOException {
    io.crash();
    wal = null;
    registry.remove(NAMESPACE); // of the dead, which own the database's files in this process
    if (twice) {
      io.cutPowerAt(1 + random.nextInt(8));
      try {
        open();
      } catch (IOException e) {
        assertInjected(e);
      }
      wal = null;
      io.crash();
      registry.remove(NAMESPACE);
    }
    open();
    List<Map<Integer, Long>> possible =
        new ArrayList<>(committed.subList(durable, committed.size()));
    if (inDoubt != null) {
      possible.add(inDoubt);
    }
    Map<Integer, Long> pages = pages();
    assertThat(possible).as(description).contains(pages);
    int kept = committed.lastIndexOf(pages);
    committed.subList((kept < 0 ? committed.size() - 1 : kept) + 1, committed.size()).clear();
    if (kept < 0) {
      committed.add(pages);
    }
    opened();
  }

  void assertInjected(IOException e) {
    assertThat(e).as(description).hasStackTraceContaining("injected");
  }
}
