package io.walcast.examples;

import io.walcast.testkit.PageImage;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteException;
import io.walcast.testkit.SqliteProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Compares replicas with their primaries as SQLite in another process reads them: every page but
 * for the bytes of page 1 that a replica owns, the content as {@code .dump} would give it, and the
 * replica's integrity. Both may be in use, and may be changing, meanwhile.
 *
 * <p>Used by one thread.
 */
public final class ReplicaComparison {
  private static final long RETRY_INTERVAL_MS = 20;

  private final SqliteProcess sqlite;

  /**
   * @param sqlite the process that reads; its heap must hold about twice the largest database
   */
  public ReplicaComparison(SqliteProcess sqlite) {
    this.sqlite = sqlite;
  }

  /**
   * What a comparison found.
   *
   * @param equal pages, content and integrity are as they should be
   * @param pages of the primary, 0 if it could not be read
   * @param primaryChanging the primary changed from one attempt to the next, so that the two were
   *     never read at the same moment of its history
   * @param finding what is not equal, for a person; {@code ""} if all is
   */
  public record Result(boolean equal, int pages, boolean primaryChanging, String finding) {}

  private record Content(PageImage image, String dumpHash) {}

  /** Compares once. */
  public Result compare(Path primary, Path replica) {
    return awaitEqual(primary, replica, Duration.ZERO);
  }

  /**
   * Compares again and again until the two are equal or {@code patience} is over: a replica follows
   * its primary at a small distance.
   */
  public Result awaitEqual(Path primary, Path replica, Duration patience) {
    if (!Files.exists(primary)) {
      // SQLite would make one.
      return new Result(false, 0, false, "there is no primary " + primary);
    }
    // One connection all the time: the last one to close would fold the primary's WAL in.
    try (SqliteConnection connection = sqlite.open(primary)) {
      return awaitEqual(connection, replica, System.nanoTime() + patience.toNanos());
    } catch (SqliteException e) {
      return new Result(false, 0, false, "SQLite cannot read the primary: " + e.getMessage());
    }
  }

  private Result awaitEqual(SqliteConnection primary, Path replica, long deadlineNs) {
    Content first = content(primary);
    Result result = compare(first, replica, false);
    while (!result.equal() && System.nanoTime() - deadlineNs < 0 && pause()) {
      Content now = content(primary);
      result = compare(now, replica, result.primaryChanging() || !now.equals(first));
    }
    return result;
  }

  private Result compare(Content primary, Path replica, boolean changing) {
    int pages = primary.image().pageCount();
    if (!Files.exists(replica)) {
      return new Result(false, pages, changing, "there is no replica " + replica);
    }
    try (SqliteConnection connection = sqlite.open(replica)) {
      Content copy = content(connection);
      List<String> damage = connection.integrityCheck();
      if (!damage.isEmpty()) {
        return new Result(
            false, pages, changing, "the replica fails integrity_check: " + damage.get(0));
      }
      return new Result(primary.equals(copy), pages, changing, difference(primary, copy));
    } catch (SqliteException e) {
      return new Result(
          false, pages, changing, "SQLite cannot read the replica: " + e.getMessage());
    }
  }

  private static String difference(Content primary, Content copy) {
    List<Integer> pages = primary.image().differences(copy.image());
    if (!pages.isEmpty()) {
      return "%d of %d pages differ (the first is page %d), the content %s"
          .formatted(
              pages.size(),
              primary.image().pageCount(),
              pages.get(0),
              primary.dumpHash().equals(copy.dumpHash()) ? "is the same" : "differs");
    }
    return primary.dumpHash().equals(copy.dumpHash()) ? "" : "the content differs";
  }

  /** Both in one read transaction. */
  private static Content content(SqliteConnection connection) {
    connection.execute("BEGIN");
    Content content = new Content(connection.pageImage(), connection.dumpHash());
    connection.execute("COMMIT");
    return content;
  }

  private static boolean pause() {
    try {
      Thread.sleep(RETRY_INTERVAL_MS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
