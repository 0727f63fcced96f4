package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;

/** A storage that builds a copy of the database from nothing but the sealed segments. */
final class RebuiltCopy implements SegmentStorage {

  record Published(
      UUID logId, int epoch, long start, long lowest, long end, int pages, boolean snapshot) {}

  private final Io io;
  private final Path path;
  private final List<Published> published = new ArrayList<>();
  private final CapturedHistory history = new CapturedHistory();

  RebuiltCopy(Io io, Path path) {
    this.io = io;
    this.path = path;
  }

  @Override
  public synchronized void store(
      Namespace namespace, SealedSegment segment, LongConsumer onDurable) {
    try {
      if (!isStoredAgain(segment)) {
        apply(segment);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    onDurable.accept(segment.lastFrameNo());
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
    if (published.isEmpty()) {
      assertThat(segment.isSnapshot()).as("the first segment is a snapshot").isTrue();
    } else {
      Published last = published.get(published.size() - 1);
      if (segment.logId().equals(last.logId())) {
        assertThat(segment.startFrameNo()).isGreaterThan(last.end());
      } else {
        assertThat(segment.isSnapshot()).as("a new log begins with a snapshot").isTrue();
      }
      assertThat(Integer.toUnsignedLong(segment.epoch()))
          .isGreaterThanOrEqualTo(Integer.toUnsignedLong(last.epoch()));
    }
    long lowest = Long.MAX_VALUE;
    try (StorageFile copy = io.open(path, Io.OpenMode.CREATE)) {
      ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
      for (int i = 0; i < segment.pageCount(); i++) {
        assertThat(segment.pageNo(i))
            .as("a published page of %s", segment)
            .isLessThanOrEqualTo(segment.sizeAfter());
        page.clear();
        lowest = Math.min(lowest, segment.readPage(i, page));
        copy.writeFully(page.flip(), (segment.pageNo(i) - 1L) * segment.pageSize());
      }
      copy.truncate((long) segment.sizeAfter() * segment.pageSize());
    }
    history.add(segment);
    published.add(
        new Published(
            segment.logId(),
            segment.epoch(),
            segment.startFrameNo(),
            lowest,
            segment.lastFrameNo(),
            segment.pageCount(),
            segment.isSnapshot()));
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
