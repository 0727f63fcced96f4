package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StandardIo;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.HookedIo;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.Transfers;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Death before each call to the file system in turn; the position is exactly before or after. */
class LiveTargetKillTest {

  private static final LiveOptions OPTIONS =
      new LiveOptions(1, 1000, Duration.ZERO, Duration.ofSeconds(5));

  @TempDir Path directory;
  private SqliteProcess sqlite;
  private List<Primary.Transaction> transfers;
  private Path replica;

  @BeforeEach
  void start() throws Exception {
    sqlite = SqliteProcess.start();
    replica = directory.resolve("replicas/replica.db");
    transfers = Transfers.record(sqlite, directory.resolve("primary.db"), 200);
  }

  @AfterEach
  void stop() {
    sqlite.close();
  }

  private static final class Death extends Error {}

  private static final class DeathAfter implements HookedIo.Hook {
    private int left;

    DeathAfter(int calls) {
      this.left = calls;
    }

    @Override
    public void before(String operation, Path path) {
      if (left-- <= 0) {
        throw new Death();
      }
    }
  }

  private LiveTarget open(io.walcast.io.Io io) throws Exception {
    return new LiveTarget(io, replica, directory.resolve("state/position"), OPTIONS);
  }

  /** Folds in a life that ends after so many calls; whether it got through. */
  private boolean foldInALifeOf(int calls, SealedSegment segment) throws Exception {
    HookedIo io = new HookedIo(new DeathAfter(calls));
    LiveTarget target = null;
    try {
      target = open(io);
      target.fold(List.of(segment));
      target.close();
      return true;
    } catch (Death e) {
      io.closeAll();
      bury(target);
      return false;
    }
  }

  /** Gives up what this process owns of a target whose files went with its life. */
  private static void bury(LiveTarget target) throws IOException {
    if (target != null) {
      try {
        target.close();
      } catch (ClosedChannelException e) {
        assertThat(e).hasNoCause(); // a sync had failed, which only a life could make good
      }
    }
  }

  private Optional<LogPosition> positionNow() throws Exception {
    try (LiveTarget target = open(new StandardIo())) {
      return target.position();
    }
  }

  private void assertHealthy() {
    try (SqliteConnection reader = sqlite.open(replica)) {
      assertThat(reader.queryOne(Transfers.SUM)).isEqualTo(Transfers.TOTAL);
      assertThat(reader.integrityCheck()).isEmpty();
    }
  }

  @Test
  void firstSnapshotIsThereWhollyOrNotAtAll() throws Exception {
    LogOfSegments log = new LogOfSegments(directory.resolve("log"), UUID.randomUUID(), 1, 1024);
    SealedSegment snapshot = log.seal(Transfers.snapshot(transfers, 10));
    boolean finished = false;
    for (int calls = 0; !finished; calls++) {
      finished = foldInALifeOf(calls, snapshot);
      Optional<LogPosition> position = positionNow();
      assertThat(position)
          .as("after %d calls", calls)
          .isIn(Optional.empty(), Optional.of(snapshot.end()));
      assertThat(!finished || position.isPresent()).isTrue();
    }
    assertHealthy();
  }

  /** Each life comes with a higher epoch, so that each one prepares an anchor of its own. */
  @Test
  void eachFoldIsThereWhollyOrNotAtAll() throws Exception {
    LogOfSegments log = new LogOfSegments(directory.resolve("log"), UUID.randomUUID(), 1, 1024);
    SealedSegment snapshot = log.seal(Transfers.snapshot(transfers, 10));
    assertThat(foldInALifeOf(Integer.MAX_VALUE, snapshot)).isTrue();
    LogPosition before = snapshot.end();
    int next = 10;
    boolean finished = false;
    for (int calls = 0; !finished; calls++) {
      log.epoch++;
      log.nextFrameNo = before.frameNo() + 1;
      LogOfSegments attempt =
          new LogOfSegments(directory.resolve("log" + calls), log.logId, log.epoch, 1024);
      attempt.nextFrameNo = before.frameNo() + 1;
      SealedSegment segment = attempt.seal(transfers.get(next));
      finished = foldInALifeOf(calls, segment);
      LogPosition position = positionNow().orElseThrow();
      assertThat(position).as("after %d calls", calls).isIn(before, segment.end());
      if (position.equals(segment.end())) {
        before = position;
        next++;
      }
      assertHealthy();
    }
    assertThat(next).isGreaterThan(11);
  }

  @Test
  void replacementIsThereWhollyOrNotAtAll() throws Exception {
    LogOfSegments log = new LogOfSegments(directory.resolve("log"), UUID.randomUUID(), 1, 1024);
    SealedSegment narrow = log.seal(Transfers.snapshot(transfers, 10));
    try (Primary primary = new Primary(sqlite, directory.resolve("wide.db"), 8192)) {
      List<Primary.Transaction> all = primary.transactions();
      LogOfSegments wide = new LogOfSegments(directory.resolve("wide"), UUID.randomUUID(), 2, 8192);
      SealedSegment snapshot = wide.seal(Transfers.snapshot(all, all.size()));
      assertThat(foldInALifeOf(Integer.MAX_VALUE, narrow)).isTrue();
      boolean finished = false;
      for (int calls = 0; !finished; calls++) {
        finished = foldInALifeOf(calls, snapshot);
        assertThat(positionNow())
            .as("after %d calls", calls)
            .isIn(Optional.of(narrow.end()), Optional.empty(), Optional.of(snapshot.end()));
      }
      assertThat(positionNow()).contains(snapshot.end());
    }
  }
}
