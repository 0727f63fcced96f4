package io.walcast.checkpoint;

import io.walcast.io.StandardIo;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.Primary;
import io.walcast.sqlite.RecordedPages;
import io.walcast.sqlite.ReplicaJournal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The main of a process that folds recorded transactions into a replica, round and round, until it
 * is killed. Each transaction is one segment and stands for {@value #FRAMES} frames, so that the
 * position says which is the newest.
 *
 * <p>Arguments: the replica, its position file, the recorded transactions, a directory for
 * segments, the journal. Prints {@code at n} once every page is that of the state after transaction
 * n, then {@code folded n} after each fold.
 */
public final class FoldingProcess {

  static final int FRAMES = 1000;
  private static final UUID LOG = new UUID(4, 2);

  /** So few frames that there are checkpoints and resets all the time. */
  private static final LiveOptions OPTIONS =
      new LiveOptions(20, 200, Duration.ofMillis(20), Duration.ofSeconds(10));

  private final List<Primary.Transaction> transactions;
  private final LiveTarget target;
  private final LogOfSegments log;

  private FoldingProcess(String[] arguments) throws IOException {
    transactions = RecordedPages.read(Path.of(arguments[2]));
    target =
        new LiveTarget(
            new StandardIo(),
            Path.of(arguments[0]),
            Path.of(arguments[1]),
            OPTIONS,
            ReplicaJournal.valueOf(arguments[4]),
            false);
    log =
        new LogOfSegments(Path.of(arguments[3]), LOG, 1, transactions.get(0).pages().get(1).length);
    log.stating = true;
  }

  public static void main(String[] arguments) throws IOException {
    forgetSegments(Path.of(arguments[3]));
    FoldingProcess process = new FoldingProcess(arguments);
    int newest = process.findNewest();
    say("at " + newest);
    for (int n = newest + 1; ; n++) {
      process.fold(n);
      say("folded " + n);
    }
  }

  /** The life before may have ended while it had one. */
  private static void forgetSegments(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> left = Files.list(directory)) {
      for (Path segment : left.toList()) {
        Files.delete(segment);
      }
    }
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private int findNewest() throws IOException {
    Optional<LogPosition> position = target.position();
    if (position.isEmpty()) {
      return 0;
    }
    long frameNo = position.get().frameNo();
    if (frameNo % FRAMES != 0) {
      throw new IOException("position " + frameNo + " is inside a transaction");
    }
    int newest = (int) (frameNo / FRAMES);
    int within = (newest - 1) % transactions.size();
    TreeMap<Integer, byte[]> expected = new TreeMap<>();
    for (Primary.Transaction transaction : transactions.subList(0, within + 1)) {
      expected.putAll(transaction.pages());
      expected.tailMap(transaction.sizeAfter(), false).clear();
    }
    log.database.putAll(expected);
    check(expected, position.get());
    return newest;
  }

  private void check(TreeMap<Integer, byte[]> expected, LogPosition position) throws IOException {
    if (position.sizePages() != expected.lastKey()) {
      throw new IOException(position + " has not " + expected.lastKey() + " pages");
    }
    ByteBuffer page = ByteBuffer.allocate(position.pageSize());
    for (Map.Entry<Integer, byte[]> entry : expected.tailMap(1, false).entrySet()) {
      target.readPage(entry.getKey(), page.clear());
      if (!Arrays.equals(page.array(), entry.getValue())) {
        throw new IOException("page " + entry.getKey() + " is not that of " + position);
      }
    }
  }

  private void fold(int n) throws IOException {
    Primary.Transaction transaction = transactions.get((n - 1) % transactions.size());
    log.nextFrameNo = (long) n * FRAMES - transaction.count() + 1;
    try (SealedSegment segment = log.sealStarting((n - 1L) * FRAMES + 1, List.of(transaction))) {
      target.fold(List.of(segment));
      Files.delete(segment.path());
    }
  }
}
