package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.FileIdentity;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SharedWal;
import io.walcast.registry.WalRegistry;
import io.walcast.testing.Pages;
import io.walcast.testing.RegistryFixture;
import io.walcast.testing.SimulatedIo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The state directory of one captured database on a disk that fails. The database itself is a list
 * of states, of which nothing is ever lost: what a WAL point is for others is here the number of a
 * state. Pages have few versions, so that old ones come back.
 */
final class HostileStateRun {

  private static final int VERSIONS = 4;
  private static final int MAX_PAGES = 9;

  final SimulatedIo io;
  final HostileStateReplica replica;
  private final SplittableRandom random;
  private final String description;
  private final Path directory;
  private final List<TreeMap<Integer, Integer>> source = new ArrayList<>();
  private final Map<HostileStateReplica.Point, TreeMap<Integer, Integer>> states = new HashMap<>();
  private WalRegistry registry;
  private CaptureLog log; // null: closed
  private Integer captured; // index of the state that is in the log; null: a resync is owed
  private boolean waits; // for storage, after segments were dropped
  private int pageSize = RegistryFixture.PAGE_SIZE;
  private int continued;
  private int differences;

  HostileStateRun(long seed, String description) {
    this.io = new SimulatedIo(seed);
    this.random = new SplittableRandom(seed);
    this.description = "-Dwalcast.seed=" + seed + ", " + description;
    this.directory = io.mount(Path.of("/state"));
    this.replica = new HostileStateReplica(io, random, states, this.description);
    TreeMap<Integer, Integer> first = new TreeMap<>();
    for (int pageNo = 1; pageNo <= 4; pageNo++) {
      first.put(pageNo, 1);
    }
    source.add(first);
  }

  /** One random step; opens what is closed. */
  void step() throws IOException {
    if (log == null || log.wal().isEmpty()) {
      open();
      return;
    }
    switch (random.nextInt(12)) {
      case 0, 1 -> log.swap();
      case 2, 3 -> checkpoint();
      case 4, 5 -> replica.deliver();
      case 6 -> dropIfTooMuch();
      case 7 -> closeInOrder();
      case 8 -> change();
      default -> {
        change();
        capture();
      }
    }
    if (log != null && log.isDone() && random.nextBoolean()) {
      log.rest();
    } else if (log != null) {
      log.lookEnds();
    }
  }

  /** So few that what follows meets their traces. */
  void someSteps() throws IOException {
    for (int i = random.nextInt(6); i > 0; i--) {
      step();
    }
  }

  private void open() throws IOException {
    if (log == null) {
      registry =
          new WalRegistry(io, replica, RegistryFixture.UNNOTIFIED, RegistryOptions.defaults());
      CaptureOptions options =
          CaptureOptions.defaults().withMaxWaitingBytes(3 * RegistryFixture.PAGE_SIZE);
      log = new CaptureLog(RegistryFixture.NAMESPACE, directory, registry, io, options);
    }
    log.open(pageSize);
    resume();
  }

  /** Whoever has a position claims that its state, and no other, is in the log. */
  private void resume() {
    captured = null;
    Optional<CapturePosition> position = log.position();
    if (position.isPresent()) {
      captured = position.get().wal().orElseThrow().frame();
      assertThat(states.get(end()))
          .as(description + ": continues state " + captured + " at " + end())
          .isEqualTo(source.get(captured));
      continued++;
    }
  }

  private HostileStateReplica.Point end() {
    SharedWal wal = log.wal().orElseThrow();
    return new HostileStateReplica.Point(wal.logId(), wal.lastCommittedFrameNo());
  }

  /** The application writes, whether or not anybody looks. */
  private void change() {
    TreeMap<Integer, Integer> next = new TreeMap<>(source.get(source.size() - 1));
    int size = random.nextInt(3) > 0 ? next.size() : 1 + random.nextInt(MAX_PAGES);
    next.tailMap(size, false).clear();
    next.put(1, 1 + random.nextInt(VERSIONS));
    for (int pageNo = 1; pageNo <= size; pageNo++) {
      if (!next.containsKey(pageNo) || random.nextInt(4) == 0) {
        next.put(pageNo, 1 + random.nextInt(VERSIONS));
      }
    }
    source.add(next);
  }

  void capture() throws IOException {
    if (waits && !log.isStored()) {
      return;
    }
    waits = false;
    if (captured == null) {
      resync();
    }
    while (captured < source.size() - 1) {
      follow(source.get(captured), source.get(captured + 1));
    }
  }

  private void follow(TreeMap<Integer, Integer> before, TreeMap<Integer, Integer> after)
      throws IOException {
    try (CaptureTransaction transaction = log.begin()) {
      for (Map.Entry<Integer, Integer> page : after.entrySet()) {
        if (page.getKey() == 1 || !page.getValue().equals(before.get(page.getKey()))) {
          transaction.insert(page.getKey(), Pages.page(pageSize, page.getValue()));
        }
      }
      transaction.commit(after.size());
      captured++;
      states.put(end(), after);
    } finally {
      record();
    }
  }

  private void record() throws IOException {
    if (captured != null) {
      log.recordWal(
          new FileIdentity(1, 2, 3, io.now(), io.now()), new WalPoint(1, 2, captured, 3, 4));
    }
  }

  private void resync() throws IOException {
    log.forget(ResyncReason.CHANGED_WHILE_AWAY);
    boolean difference = log.canCompare();
    if (!difference) {
      log.swap();
    }
    TreeMap<Integer, Integer> state = source.get(source.size() - 1);
    try (CaptureTransaction transaction = log.begin(difference)) {
      for (Map.Entry<Integer, Integer> page : state.entrySet()) {
        transaction.insert(page.getKey(), Pages.page(pageSize, page.getValue()));
      }
      transaction.commitUnlessEmpty(state.size());
      states.put(end(), state);
    }
    captured = source.size() - 1;
    differences += difference ? 1 : 0;
    record();
    log.resynced();
  }

  private void checkpoint() throws IOException {
    boolean more = true;
    while (more) {
      more = log.wal().orElseThrow().checkpoint();
    }
  }

  private void dropIfTooMuch() throws IOException {
    if (log.isOverLimit()) {
      captured = null;
      waits = true;
      log.forget(ResyncReason.SEGMENTS_DROPPED);
      log.dropWaiting();
    }
  }

  private void closeInOrder() throws IOException {
    CaptureLog open = log;
    log = null;
    captured = null;
    open.close();
    registry.shutdown();
  }

  /** The process dies, and in a power cut the machine with it. */
  void die(boolean powerCut) throws IOException {
    if (powerCut) {
      io.crash();
    } else {
      io.heal();
    }
    replica.forget(RegistryFixture.NAMESPACE);
    log = null;
    captured = null;
    waits = false;
  }

  /**
   * Storage has a part of the log, for certain; then it takes more than may wait and tells nobody.
   */
  void fillUp() throws IOException {
    open();
    capture();
    log.swap();
    replica.deliverAll();
    checkpoint();
    for (int reopenings = random.nextInt(3); !log.isOverLimit(); reopenings--) {
      if (reopenings > 0) {
        closeInOrder();
        replica.forget(RegistryFixture.NAMESPACE);
        open();
      }
      change();
      capture();
      log.swap();
      replica.take();
    }
  }

  /** The application changes its page size: a new log begins, and reaches the replica. */
  void changePageSize() throws IOException {
    pageSize = pageSize == RegistryFixture.PAGE_SIZE ? 1024 : RegistryFixture.PAGE_SIZE;
    try {
      open();
      capture();
      log.swap();
      replica.deliver();
    } catch (IOException e) {
      assertInjected(e);
    }
  }

  /** What waits is dropped, and its log opened again. */
  void drop() throws IOException {
    try {
      dropIfTooMuch();
    } catch (IOException e) {
      assertInjected(e);
    }
  }

  /** In the end the replica is what the source is. */
  void finish() throws IOException {
    if (log == null || log.wal().isEmpty()) {
      open();
    }
    replica.deliverAll();
    change();
    capture();
    log.swap();
    replica.deliverAll();
    checkpoint();
    assertThat(replica.pages()).as(description).isEqualTo(source.get(source.size() - 1));
  }

  /** How often a capture went on from where it was. */
  int continued() {
    return continued;
  }

  /** How many resyncs were differences. */
  int differences() {
    return differences;
  }

  void assertInjected(IOException e) {
    assertThat(e).as(description).hasStackTraceContaining("injected");
  }
}
