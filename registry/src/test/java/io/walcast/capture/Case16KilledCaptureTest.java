package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.segment.SealedSegment;
import io.walcast.testkit.Eventually;
import io.walcast.testkit.JavaProcess;
import io.walcast.testkit.RecordingReader;
import io.walcast.testkit.RecordingReader.View;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.WriterWorkload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Case 16: the process that captures is killed at random moments under load, {@code
 * -Dwalcast.capture.kills} times. What it published before and after has to be one history: nothing
 * lost, nothing twice, nothing that was never committed.
 */
class Case16KilledCaptureTest extends CaptureTestBase {

  private static final int KILLS = Integer.getInteger("walcast.capture.kills", 10);
  private static final int MOST_COMMITS = 80;
  private static final long SEED =
      Long.getLong("walcast.seed", ThreadLocalRandom.current().nextInt(1 << 20));

  private final Random random = new Random(SEED);
  private Path segments;
  private Path log;
  private int processes;
  private int replayed;

  @BeforeEach
  void makeDirectories() throws Exception {
    System.out.println(KILLS + " kills of the capture, seed " + SEED);
    segments = Files.createDirectory(directory.resolve("segments"));
  }

  private JavaProcess capturing() {
    log = directory.resolve("capture-" + processes++ + ".log");
    return JavaProcess.running(CapturingProcess.class.getName())
        .jvm("-Xmx128m", "-XX:+UseSerialGC")
        .args(rig.database.toString(), rig.state.toString(), segments.toString())
        .log(log)
        .start();
  }

  /** Takes over what the processes have published, while none runs. */
  private void replay() throws Exception {
    List<Path> stored = SegmentFiles.stored(segments);
    for (Path path : stored.subList(replayed, stored.size())) {
      try (SealedSegment segment = SealedSegment.open(new StandardIo(), path)) {
        rig.copy.store(rig.namespace, segment, frameNo -> {});
      }
      Files.write(path, new byte[0]); // the name is all that is still needed
    }
    replayed = stored.size();
  }

  /**
   * @param emptied the application that empties the WAL now and then, or null; the capture is not
   *     killed before it has seen that
   */
  private void killAtRandomMoments(WriterWorkload writer, SqliteConnection emptied)
      throws Exception {
    for (int i = 0; i < KILLS; i++) {
      try (JavaProcess capture = capturing()) {
        if (i % 5 > 0) { // the others may die while they start
          awaitAttached();
        }
        if (emptied != null && i % 5 == 4) {
          emptyWal(emptied);
        }
        writer.awaitCommits(writer.commits() + random.nextInt(MOST_COMMITS));
        capture.kill();
      }
      replay();
      if (!rig.copy.published().isEmpty()) {
        assertThat(sqlite.integrityCheck(rig.copyPath)).as("after kill %d", i).isEmpty();
      }
    }
  }

  private void awaitAttached() {
    awaitLogged(1);
  }

  /** The commits after it are in another generation of the WAL, and some of them are captured. */
  private void emptyWal(SqliteConnection app) throws IOException {
    Eventually.until(
        CaptureRig.PATIENCE,
        "the WAL is emptied",
        () -> app.queryOne("PRAGMA wal_checkpoint(TRUNCATE)"),
        "0"::equals);
    awaitLogged(attachedLines() + 5);
  }

  private void awaitLogged(long lines) {
    Eventually.until(
        CaptureRig.PATIENCE, "a capture of more", this::attachedLines, n -> n >= lines);
  }

  private long attachedLines() throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.filter(l -> l.contains("state=ATTACHED")).count();
    }
  }

  /** Captures the rest and ends in good order. */
  private void finishCapture(SqliteConnection app) throws Exception {
    try (JavaProcess capture = capturing()) {
      awaitAttached();
      capture.process().getOutputStream().write('\n');
      capture.process().getOutputStream().flush();
      assertThat(capture.exitsWithin(CaptureRig.PATIENCE)).isTrue();
      assertThat(capture.process().exitValue()).isZero();
    }
    replay();
    assertThat(sqlite.pageImage(rig.copyPath)).isEqualTo(app.pageImage());
    assertThat(sqlite.dumpHash(rig.copyPath)).isEqualTo(app.dumpHash());
  }

  /**
   * The WAL is reset only while the capture looks, so that it always proves what comes next: there
   * is no resync, and each commit that a reader saw is the transaction at the same place of the
   * captured history.
   */
  @Test
  void eachCommitIsCapturedOnce() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50);
        RecordingReader reader = RecordingReader.start(rig.database);
        WriterWorkload writer =
            WriterWorkload.start(
                WriterWorkload.Options.of(rig.database, SEED)
                    .withAutoCheckpointPages(0)
                    .withPauseMicros(1000)
                    .leavingWal())) {
      writer.awaitCommits(20);
      killAtRandomMoments(writer, app);
      System.out.println(writer.finish().json());
      View end = ManyWritersTest.lastView(reader);
      finishCapture(app);
      for (int i = 0; i < processes; i++) {
        assertThat(Files.readString(directory.resolve("capture-" + i + ".log")))
            .as("no resync but the first snapshot")
            .doesNotContainPattern("resyncs=\\{(?!FIRST_SNAPSHOT=1\\}|\\})");
      }
      int checked = rig.copy.history().check(reader.finish(), end);
      System.out.println(
          checked + " commits checked, " + rig.copy.history().states().size() + " captured");
      assertThat(checked).isGreaterThan(100);
    }
  }

  /** The WAL is reset again and again, also while nobody captures. */
  @Test
  void resetsInBetweenAreMadeUpFor() throws Exception {
    try (SqliteConnection app = rig.applicationWithRows(50);
        WriterWorkload writer =
            WriterWorkload.start(
                WriterWorkload.Options.of(rig.database, SEED)
                    .withAutoCheckpointPages(20)
                    .leavingWal())) {
      writer.awaitCommits(20);
      killAtRandomMoments(writer, null);
      System.out.println(writer.finish().json());
      finishCapture(app);
    }
  }
}
