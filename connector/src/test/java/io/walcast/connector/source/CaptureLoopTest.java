package io.walcast.connector.source;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import io.walcast.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CaptureLoopTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Map<Namespace, Path> files = new ConcurrentHashMap<>();
  private final BlockingQueue<FakeDatabase> watched = new LinkedBlockingQueue<>();
  private volatile IOException scanFailure;
  private volatile IOException watchFailure;
  private volatile CountDownLatch beforeWatch;
  private final Semaphore asked = new Semaphore(0);
  private volatile long everyCommits = 3;
  private CaptureLoop loop;

  @AfterEach
  void closeLoop() throws InterruptedException {
    assertThat(loop.close(PATIENCE)).isTrue();
  }

  @Test
  void watchesWhatItFindsAndWhatComesLater() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    start(new TaskShare(0, 1), 1);
    FakeDatabase a = watched.poll(20, SECONDS);
    assertThat(a.namespace.name()).isEqualTo("a");
    a.awaitLooks(3);

    files.put(new Namespace("b"), Path.of("b.db"));
    FakeDatabase b = watched.poll(20, SECONDS);
    assertThat(b.namespace.name()).isEqualTo("b");
    b.awaitFreshLook();
    a.awaitFreshLook();
    assertThat(loop.watches()).containsOnlyKeys(a.namespace, b.namespace);
  }

  @Test
  void leavesOtherTasksNamespacesAlone() throws Exception {
    TaskShare share = new TaskShare(1, 2);
    for (int i = 0; i < 50; i++) {
      files.put(new Namespace("n" + i), Path.of("n" + i + ".db"));
    }
    start(share, 1);
    long expected = files.keySet().stream().filter(share::owns).count();

    FakeDatabase last = null;
    for (int i = 0; i < expected; i++) {
      last = watched.poll(20, SECONDS);
      assertThat(share.owns(last.namespace)).isTrue();
    }
    last.awaitLooks(1);
    assertThat(loop.watches()).hasSize((int) expected);
  }

  @Test
  void aFailingDatabaseDisturbsNoOther() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    files.put(new Namespace("b"), Path.of("b.db"));
    start(new TaskShare(0, 1), 1);
    Map<String, FakeDatabase> both = new HashMap<>();
    for (int i = 0; i < 2; i++) {
      FakeDatabase one = watched.poll(20, SECONDS);
      both.put(one.namespace.name(), one);
    }
    FakeDatabase a = both.get("a");
    FakeDatabase b = both.get("b");

    a.failure = new IOException("a.db: broken");
    a.awaitFreshLook();
    b.awaitFreshLook();
    assertThat(loop.watches().get(a.namespace).status().failing()).isTrue();
    assertThat(loop.watches().get(a.namespace).status().reason()).contains("a.db: broken");
    assertThat(loop.watches().get(b.namespace).status().failing()).isFalse();

    a.failure = new IllegalStateException("a bug");
    a.awaitFreshLook();
    b.awaitFreshLook();

    a.failure = null;
    a.awaitFreshLook();
    assertThat(loop.watches().get(a.namespace).status().failing()).isFalse();
    assertThat(loop.death()).isNull();
  }

  @Test
  void looksAgainAtOnceWhileThereIsSomethingNew() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    start(new TaskShare(0, 1), 60_000);
    FakeDatabase a = watched.poll(20, SECONDS);
    a.awaitLooks(1);
    a.busy = true;
    loop.wake();
    a.awaitLooks(100);
    a.busy = false;
  }

  @Test
  void wakingEndsTheRest() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    start(new TaskShare(0, 1), 60_000);
    FakeDatabase a = watched.poll(20, SECONDS);
    for (int i = 0; i < 5; i++) {
      a.looks.drainPermits();
      loop.wake();
      a.awaitLooks(1);
    }
  }

  @Test
  void oneAtRestIsLookedAtInTheSharedPassAndWakesAgain() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    start(new TaskShare(0, 1), 1);
    FakeDatabase a = watched.poll(20, SECONDS);
    a.resting = true;
    a.awaitFreshLook();
    assertThat(loop.watches().get(a.namespace).isResting()).isTrue();
    a.asked.drainPermits();
    assertThat(a.asked.tryAcquire(2, 20, SECONDS)).as("paths looked at after scans").isTrue();
    a.looks.drainPermits();
    a.awaitLooks(3);
    a.resting = false;
    a.looks.drainPermits();
    a.awaitLooks(100);
  }

  @Test
  void newcomersWaitUntilThoseBeforeThemAreFolded() throws Exception {
    everyCommits = 0; // snapshots that Kafka does not take
    List<FakeDatabase> others = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      files.put(new Namespace("n" + i), Path.of("n" + i + ".db"));
    }
    start(new TaskShare(0, 1), 1);
    while (others.size() < 150) {
      others.add(watched.poll(20, SECONDS));
    }
    for (FakeDatabase each : others) {
      each.awaitLooks(1);
    }
    for (int i = 150; i < 300; i++) {
      files.put(new Namespace("n" + i), Path.of("n" + i + ".db"));
    }
    while (others.size() < 300) {
      others.add(watched.poll(20, SECONDS));
    }
    Eventually.until(
        PATIENCE,
        "200 looked at",
        () -> others.stream().filter(d -> d.looks.availablePermits() > 9).count(),
        n -> n == 200);
    assertThat(others.stream().filter(d -> d.looks.availablePermits() > 0)).hasSize(200);

    others.forEach(d -> d.resting = true);
    for (FakeDatabase each : others) {
      each.awaitLooks(1);
    }
  }

  @Test
  void anUnreadableDirectoryIsTriedAgainAndKeepsWhatIsWatched() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    start(new TaskShare(0, 1), 1);
    FakeDatabase a = watched.poll(20, SECONDS);

    scanFailure = new IOException("cannot read directory /data");
    while (loop.scanProblem().isEmpty()) {
      a.awaitLooks(1);
    }
    assertThat(loop.scanProblem()).isEqualTo("cannot read directory /data");
    a.awaitFreshLook();

    files.put(new Namespace("b"), Path.of("b.db"));
    scanFailure = null;
    FakeDatabase b = watched.poll(20, SECONDS);
    assertThat(b.namespace.name()).isEqualTo("b");
    b.awaitLooks(1);
    assertThat(loop.scanProblem()).isEmpty();
  }

  @Test
  void newDatabasesWaitWhileConnectCannotTellTheirOffsets() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    start(new TaskShare(0, 1), 1);
    FakeDatabase a = watched.poll(20, SECONDS);
    watchFailure = new IOException("cannot read Connect's source offsets");
    files.put(new Namespace("b"), Path.of("b.db"));
    while (loop.scanProblem().isEmpty()) {
      a.awaitLooks(1);
    }

    watchFailure = null;
    assertThat(watched.poll(20, SECONDS).namespace.name()).isEqualTo("b");
  }

  @Test
  void captureGoesOnWhileConnectIsAskedForOffsets() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    start(new TaskShare(0, 1), 1);
    FakeDatabase a = watched.poll(20, SECONDS);
    a.awaitLooks(1);
    CountDownLatch kafkaIsBack = new CountDownLatch(1);
    beforeWatch = kafkaIsBack;
    files.put(new Namespace("b"), Path.of("b.db"));
    assertThat(asked.tryAcquire(2, 20, SECONDS)).as("asked for both").isTrue();
    for (int i = 0; i < 20; i++) {
      a.awaitFreshLook();
    }
    assertThat(watched).isEmpty();

    kafkaIsBack.countDown();
    watched.poll(20, SECONDS).awaitLooks(1);
  }

  @Test
  void endsWhileConnectIsAskedForOffsets() throws Exception {
    beforeWatch = new CountDownLatch(1); // which nobody counts down
    files.put(new Namespace("a"), Path.of("a.db"));
    start(new TaskShare(0, 1), 1);
    assertThat(asked.tryAcquire(20, SECONDS)).isTrue();
    assertThat(loop.close(PATIENCE)).isTrue();
  }

  @Test
  void aBugInClosingOneLeavesNoOtherOpen() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    files.put(new Namespace("b"), Path.of("b.db"));
    start(new TaskShare(0, 1), 1);
    FakeDatabase one = watched.poll(20, SECONDS);
    FakeDatabase other = watched.poll(20, SECONDS);
    one.awaitLooks(1);
    other.awaitLooks(1);
    one.closeBug = new IllegalStateException("a bug");
    other.closeBug = new IllegalStateException("a bug");

    assertThat(loop.close(PATIENCE)).isTrue();

    assertThat(one.closed.availablePermits()).isOne();
    assertThat(other.closed.availablePermits()).isOne();
  }

  @Test
  void anotherFileTakesTheNamespaceOver() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    start(new TaskShare(0, 1), 1);
    FakeDatabase before = watched.poll(20, SECONDS);
    files.clear();
    before.looks.drainPermits();
    before.awaitLooks(30);
    assertThat(before.closed.availablePermits()).as("watched although gone").isZero();

    files.put(new Namespace("a"), Path.of("a.sqlite"));
    FakeDatabase after = watched.poll(20, SECONDS);
    assertThat(after.path).isEqualTo(Path.of("a.sqlite"));
    assertThat(before.closed.tryAcquire(20, SECONDS)).isTrue();
  }

  @Test
  void closingClosesAllByTheLoopsThread() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    files.put(new Namespace("b"), Path.of("b.db"));
    start(new TaskShare(0, 1), 60_000);
    Map<String, FakeDatabase> both = new HashMap<>();
    for (int i = 0; i < 2; i++) {
      FakeDatabase one = watched.poll(20, SECONDS);
      both.put(one.namespace.name(), one);
    }
    FakeDatabase a = both.get("a");
    FakeDatabase b = both.get("b");
    a.awaitLooks(1);
    b.awaitLooks(1);
    a.closeFailure = new IOException("cannot write position");

    assertThat(loop.close(PATIENCE)).isTrue();

    assertThat(a.closed.availablePermits()).isOne();
    assertThat(b.closed.availablePermits()).isOne();
    assertThat(a.threads).containsExactly("capture-test");
  }

  @Test
  void anErrorEndsTheLoopAndIsKept() throws Exception {
    files.put(new Namespace("a"), Path.of("a.db"));
    start(new TaskShare(0, 1), 1);
    FakeDatabase a = watched.poll(20, SECONDS);
    a.error = new OutOfMemoryError("no more");
    assertThat(a.closed.tryAcquire(20, SECONDS)).isTrue();
    assertThat(loop.death()).isSameAs(a.error);
  }

  private void start(TaskShare share, long pollIntervalMs) {
    WalSourceConfig config =
        new WalSourceConfig(
            Map.of(
                "databases.directory", "/data",
                "scan.interval.ms", "10",
                "poll.interval.ms", Long.toString(pollIntervalMs)));
    StandardIo io = new StandardIo();
    Departures departures =
        new Departures(
            io,
            config,
            new DatabaseHomes(io, config),
            this::scan,
            share,
            (namespace, path) -> {
              throw new AssertionError(path + " is taken for deleted");
            });
    loop = new CaptureLoop("capture-test", config, this::scan, share, this::watch, departures, io);
    loop.start();
  }

  private Map<Namespace, WatchedDatabase> watch(Map<Namespace, Path> databases) throws IOException {
    asked.release();
    if (beforeWatch != null) {
      try {
        beforeWatch.await();
      } catch (InterruptedException e) {
        throw new IOException("not asked any more", e);
      }
    }
    if (watchFailure != null) {
      throw watchFailure;
    }
    Map<Namespace, WatchedDatabase> added = new HashMap<>();
    databases.forEach(
        (namespace, path) -> {
          FakeDatabase database = new FakeDatabase(namespace, path);
          database.commits = everyCommits;
          added.put(namespace, database);
          watched.add(database);
        });
    return added;
  }

  private SortedMap<Namespace, Path> scan() throws IOException {
    if (scanFailure != null) {
      throw scanFailure;
    }
    return new TreeMap<>(files);
  }
}
