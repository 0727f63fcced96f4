package io.walcast.connector.sink;

import io.walcast.connector.wire.FramePlace;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.InvalidFrameException;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.sqlite.PageHash;
import io.walcast.testkit.PageImage;
import io.walcast.testkit.SqliteConnection;
import io.walcast.testkit.SqliteProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * A database that stock SQLite writes in another process, and a hand-made source that turns its
 * page images into the values of frame records. It keeps a rollback journal, so that after each
 * commit the file is the database.
 */
final class Primary implements AutoCloseable {

  static final int PAGE_SIZE = 1024;

  final SqliteConnection sql;
  UUID logId = UUID.randomUUID();
  int epoch = 1;
  long lastFrameNo;
  private final Path file;
  private final int pageSize;
  private List<byte[]> published = List.of();

  Primary(SqliteProcess process, Path file) {
    this(process, file, PAGE_SIZE);
  }

  Primary(SqliteProcess process, Path file, int pageSize) {
    this.pageSize = pageSize;
    this.file = file;
    this.sql = process.open(file);
    sql.execute("PRAGMA page_size = " + pageSize);
    sql.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
    insert(40);
  }

  void insert(int rows) {
    sql.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + rows
            + ") INSERT INTO t(v) SELECT randomblob(300) FROM n");
  }

  /** A whole snapshot of the database as it is. */
  List<byte[]> snapshot() throws IOException {
    published = pages();
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < published.size(); i++) {
      all.add(i);
    }
    return segment(all, SegmentKind.SNAPSHOT, lastFrameNo + all.size());
  }

  /**
   * A snapshot in parts of so many pages, all but the last.
   *
   * @param between runs before each part is read
   */
  List<List<byte[]>> parts(int partPages, Runnable between) throws IOException {
    List<List<byte[]>> parts = new ArrayList<>();
    List<byte[]> read = new ArrayList<>();
    List<byte[]> now = pages();
    while (now.size() - read.size() > partPages) {
      List<Integer> range = new ArrayList<>();
      for (int i = 0; i < partPages; i++) {
        range.add(read.size());
        read.add(now.get(read.size()));
      }
      published = now;
      SegmentKind kind = parts.isEmpty() ? SegmentKind.FIRST_PART : SegmentKind.PART;
      parts.add(segment(range, kind, lastFrameNo + partPages));
      between.run();
      now = pages();
    }
    List<Integer> rest = new ArrayList<>();
    for (int i = 0; i < now.size(); i++) {
      if (i == 0 || i >= read.size() || !Arrays.equals(now.get(i), read.get(i))) {
        rest.add(i);
      }
    }
    published = now;
    parts.add(segment(rest, SegmentKind.LAST_PART, lastFrameNo + rest.size()));
    return parts;
  }

  /** The segment of what changed since the last segment or snapshot. */
  List<byte[]> changes() throws IOException {
    return changes(0);
  }

  /** The same, with numbers at the end whose frames were of pages that are gone. */
  List<byte[]> changes(int goneFrames) throws IOException {
    List<byte[]> before = published;
    published = pages();
    List<Integer> changed = new ArrayList<>();
    for (int i = 0; i < published.size(); i++) {
      if (i >= before.size() || !Arrays.equals(before.get(i), published.get(i))) {
        changed.add(i);
      }
    }
    return segment(changed, SegmentKind.CHANGES, lastFrameNo + changed.size() + goneFrames);
  }

  private List<byte[]> segment(List<Integer> indexes, SegmentKind kind, long endFrameNo)
      throws InvalidFrameException {
    long start = lastFrameNo + 1;
    List<byte[]> values = new ArrayList<>();
    for (int i = 0; i < indexes.size(); i++) {
      boolean last = i == indexes.size() - 1;
      values.add(
          new FrameRecord(
                  FramePlace.of(i, indexes.size()),
                  kind,
                  pageSize,
                  indexes.get(i) + 1,
                  start,
                  endFrameNo,
                  start + i,
                  logId,
                  epoch,
                  last && kind.isEnd() ? published.size() : 0,
                  last && kind.isEnd() ? checksum() : 0,
                  ByteBuffer.wrap(published.get(indexes.get(i))))
              .encode());
    }
    lastFrameNo = endFrameNo;
    return values;
  }

  private long checksum() {
    long sum = 0;
    for (int i = 0; i < published.size(); i++) {
      sum ^= PageHash.of(i + 1, ByteBuffer.wrap(published.get(i)));
    }
    return PageHash.stated(sum);
  }

  private List<byte[]> pages() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    List<byte[]> pages = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += pageSize) {
      pages.add(Arrays.copyOfRange(bytes, at, at + pageSize));
    }
    return pages;
  }

  PageImage image() {
    return sql.pageImage();
  }

  @Override
  public void close() {
    sql.close();
  }
}
