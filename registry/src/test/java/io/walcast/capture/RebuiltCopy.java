package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.segment.LogPosition;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.segment.SnapshotPart;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageHash;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoreCallback;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A storage that builds a copy of the database from nothing but the sealed segments. */
final class RebuiltCopy implements SegmentStorage {

  record Published(
      UUID logId,
      int epoch,
      long start,
      long lowest,
      long end,
      int pages,
      boolean snapshot,
      long checksum,
      SnapshotPart part) {}

  private final Io io;
  private final Path path;
  private final List<Published> published = new ArrayList<>();
  private final CapturedHistory history = new CapturedHistory();
  private final List<SealedSegment> waiting = new ArrayList<>();
  private final Map<SealedSegment, StoreCallback> acknowledgements = new LinkedHashMap<>();
  private LogPosition staged; // end of the parts of a snapshot that is not whole; null: none
  private boolean withholding;
  private boolean away;

  RebuiltCopy(Io io, Path path) {
    this.io = io;
    this.path = path;
  }

  @Override
  public synchronized void store(
      Namespace namespace, SealedSegment segment, StoreCallback onDurable) {
    if (away) {
      assertThat(segment.retain()).isTrue();
      waiting.add(segment);
      acknowledgements.put(segment, onDurable);
      return;
    }
    try {
      if (!isStoredAgain(segment)) {
        apply(segment);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (withholding) {
      acknowledgements.put(segment, onDurable);
    } else {
      onDurable.durable(segment.lastFrameNo());
    }
  }

  @Override
  public synchronized void forget(Namespace namespace) {
    try {
      for (SealedSegment segment : waiting) {
        segment.release();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    waiting.clear();
    acknowledgements.clear();
  }

  /** From now on segments do not reach the copy. */
  synchronized void goAway() {
    away = true;
  }

  /** Takes what waits, acknowledges everything, and goes on as at first. */
  synchronized void comeBack() throws IOException {
    away = false;
    withholding = false;
    for (SealedSegment segment : waiting) {
      apply(segment);
      segment.release();
    }
    waiting.clear();
    acknowledgements.forEach((segment, onDurable) -> onDurable.durable(segment.lastFrameNo()));
    acknowledgements.clear();
  }

  /** From now on segments reach the copy, but the registry is not told. */
  synchronized void withholdAcknowledgements() {
    withholding = true;
  }

  /** After a kill, what had not been folded yet is stored once more: the very same segment. */
  private boolean isStoredAgain(SealedSegment segment) {
    return published.stream()
        .anyMatch(
            p ->
                p.logId().equals(segment.logId())
                    && p.epoch() == segment.epoch()
                    && p.start() == segment.startFrameNo()
                    && p.end() == segment.lastFrameNo()
                    && p.pages() == segment.pageCount());
  }

  private void apply(SealedSegment segment) throws IOException {
    if (segment.part() != SnapshotPart.NONE) {
      applyPart(segment);
      return;
    }
    if (published.isEmpty()) {
      assertThat(segment.isSnapshot()).as("the first segment is a snapshot").isTrue();
    } else {
      Published last = published.get(published.size() - 1);
      if (segment.logId().equals(last.logId())) {
        if (segment.lastFrameNo() <= last.end()) {
          return; // published again, as its acknowledgement was not seen
        }
        if (!segment.isSnapshot()) { // which needs nothing before it
          assertThat(segment.startFrameNo()).as("no gap").isLessThanOrEqualTo(last.end() + 1);
        }
      } else {
        assertThat(segment.isSnapshot()).as("a new log begins with a snapshot").isTrue();
      }
      assertThat(Integer.toUnsignedLong(segment.epoch()))
          .isGreaterThanOrEqualTo(Integer.toUnsignedLong(last.epoch()));
    }
    boolean continues = staged == null || segment.isSnapshot();
    assertThat(continues).as("%s follows a snapshot that was not finished", segment).isTrue();
    staged = null;
    long lowest = write(segment, path, segment.sizeAfter());
    boolean sameLog =
        !published.isEmpty() && segment.logId().equals(published.get(published.size() - 1).logId());
    if (sameLog) {
      assertThat(lowest)
          .as("frame numbers are not used again")
          .isGreaterThan(published.get(published.size() - 1).end());
    }
    history.add(segment);
    note(segment, lowest);
  }

  private void note(SealedSegment segment, long lowest) {
    published.add(
        new Published(
            segment.logId(),
            segment.epoch(),
            segment.startFrameNo(),
            lowest,
            segment.lastFrameNo(),
            segment.pageCount(),
            segment.isSnapshot(),
            segment.databaseChecksum(),
            segment.part()));
  }

  /** As a sink: in a file beside the copy, until the last one comes. */
  private void applyPart(SealedSegment segment) throws IOException {
    Path parts = path.resolveSibling("copy.parts");
    if (segment.part() == SnapshotPart.FIRST) {
      io.delete(parts);
    } else if (staged == null || segment.lastFrameNo() <= staged.frameNo()) {
      return; // published again
    } else {
      assertThat(segment.logId()).isEqualTo(staged.logId());
      assertThat(segment.epoch()).isEqualTo(staged.epoch());
      assertThat(segment.startFrameNo()).as("no gap").isEqualTo(staged.frameNo() + 1);
    }
    history.add(segment);
    boolean last = segment.part() == SnapshotPart.LAST;
    long lowest = write(segment, parts, last ? segment.sizeAfter() : 0);
    staged = segment.end();
    if (last) {
      staged = null;
      io.rename(parts, path);
    }
    note(segment, lowest);
  }

  /** Writes its pages, and cuts the file to the size that it leads to, unless that is 0. */
  private long write(SealedSegment segment, Path file, int sizePages) throws IOException {
    long lowest = Long.MAX_VALUE;
    try (StorageFile copy = io.open(file, Io.OpenMode.CREATE)) {
      ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
      for (int i = 0; i < segment.pageCount(); i++) {
        assertThat(segment.pageNo(i))
            .as("a published page of %s", segment)
            .isLessThanOrEqualTo(segment.sizeAfter());
        page.clear();
        lowest = Math.min(lowest, segment.readPage(i, page));
        copy.writeFully(page.flip(), (segment.pageNo(i) - 1L) * segment.pageSize());
      }
      if (sizePages > 0) {
        copy.truncate((long) sizePages * segment.pageSize());
        if (segment.databaseChecksum() != PageHash.NOT_STATED) {
          assertThat(segment.databaseChecksum())
              .as("checksum that %s states", segment)
              .isEqualTo(checksum(copy, segment));
        }
      }
    }
    return lowest;
  }

  private static long checksum(StorageFile copy, SealedSegment segment) throws IOException {
    long sum = 0;
    ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
    for (int pageNo = 1; pageNo <= segment.sizeAfter(); pageNo++) {
      if (pageNo != DatabaseHeader.lockBytePage(segment.pageSize())) {
        copy.readFully(page.clear(), (pageNo - 1L) * segment.pageSize());
        sum ^= PageHash.of(pageNo, page.flip());
      }
    }
    return PageHash.stated(sum);
  }

  /** Each transaction of what was published. */
  CapturedHistory history() {
    return history;
  }

  synchronized List<Published> published() {
    return List.copyOf(published);
  }

  @Override
  public synchronized long durableFrameNo(Namespace namespace) {
    return published.isEmpty() ? 0 : published.get(published.size() - 1).end();
  }

  @Override
  public void shutdown() {
    // nothing is kept back
  }
}
