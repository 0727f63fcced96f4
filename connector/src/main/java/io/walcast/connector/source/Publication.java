package io.walcast.connector.source;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announcer.DurableFrame;
import io.walcast.connector.announcer.PublishedSegment;
import io.walcast.connector.wire.FramePlace;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.StoreCallback;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One sealed segment on its way to Kafka, compacted: each page once, in page order, in its newest
 * version; the lock-byte page is left out, as the segment itself leaves out pages beyond the
 * database's new end. Pages are read one by one as they are asked for, so a segment may be larger
 * than memory.
 *
 * <p>{@link #nextRecord} is for one thread at a time. The acknowledgement count is guarded by the
 * {@link SegmentPublisher}.
 */
final class Publication {

  private static final Logger LOG = LoggerFactory.getLogger(Publication.class);

  private static final int NOWHERE = -2;

  private final Namespace namespace;
  private final SealedSegment segment;
  private final StoreCallback onDurable;
  private final SegmentKind kind;
  private final Map<String, Object> offsetBefore;
  private final Map<String, Object> offsetAfter;
  private final int lastIndex;
  private final int frames; // that are published
  private int nextIndex;
  private int unsent;
  private int outstanding; // frames that are still to be acknowledged
  private final RoaringBitmap pages = new RoaringBitmap(); // handed out
  private int partition = -1; // of the topic; NOWHERE: not one, or not known
  private long firstOffset = Long.MAX_VALUE;
  private long lastOffset;

  /**
   * Looks through the segment's page index. Who makes a publication has retained the segment, and
   * calls {@link #release} in the end.
   *
   * @param onDurable told the segment's last frame number when Kafka has all of it
   */
  Publication(Namespace namespace, SealedSegment segment, StoreCallback onDurable) {
    this.namespace = namespace;
    this.segment = segment;
    this.onDurable = onDurable;
    kind = kind(segment);
    offsetBefore = offset(segment.startFrameNo() - 1);
    offsetAfter = offset(segment.lastFrameNo());
    int last = -1;
    for (int i = 0; i < segment.pageCount(); i++) {
      if (isPublished(i)) {
        last = i;
        outstanding++;
      }
    }
    lastIndex = last;
    frames = outstanding;
    unsent = frames;
    skipUnpublished();
  }

  private static SegmentKind kind(SealedSegment segment) {
    return switch (segment.part()) {
      case NONE -> segment.isSnapshot() ? SegmentKind.SNAPSHOT : SegmentKind.CHANGES;
      case FIRST -> SegmentKind.FIRST_PART;
      case MIDDLE -> SegmentKind.PART;
      case LAST -> SegmentKind.LAST_PART;
    };
  }

  Namespace namespace() {
    return namespace;
  }

  long sealedAtMs() {
    return segment.sealedAt().toEpochMilli();
  }

  int epoch() {
    return segment.epoch();
  }

  long lastFrameNo() {
    return segment.lastFrameNo();
  }

  int recordBytes() {
    return FrameRecord.HEADER_BYTES + segment.pageSize();
  }

  boolean hasNext() {
    return nextIndex <= lastIndex;
  }

  /**
   * Reads the next page.
   *
   * @throws IOException if the segment is damaged or has nothing to publish; the same page is tried
   *     again next time
   */
  FrameSourceRecord nextRecord(String topic) throws IOException {
    if (lastIndex < 0) {
      throw new IOException("no page of " + segment.path() + " is within the database");
    }
    boolean last = nextIndex == lastIndex;
    boolean ends = last && kind.isEnd();
    ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
    long frameNo = segment.readPage(nextIndex, page);
    FrameRecord frame =
        new FrameRecord(
            FramePlace.of(frames - unsent, frames),
            kind,
            segment.pageSize(),
            segment.pageNo(nextIndex),
            segment.startFrameNo(),
            segment.lastFrameNo(),
            frameNo,
            segment.logId(),
            segment.epoch(),
            ends ? segment.sizeAfter() : 0,
            ends ? segment.databaseChecksum() : 0,
            page.clear());
    byte[] value = frame.encode();
    pages.add(frame.pageNo());
    nextIndex++;
    unsent--;
    skipUnpublished();
    return new FrameSourceRecord(this, topic, value, last ? offsetAfter : offsetBefore);
  }

  /** Counts one acknowledgement; returns whether it was the last. */
  boolean acknowledge(RecordMetadata metadata) {
    boolean known = metadata.hasOffset() && (partition == -1 || partition == metadata.partition());
    partition = known ? metadata.partition() : NOWHERE;
    firstOffset = Math.min(firstOffset, metadata.offset());
    lastOffset = Math.max(lastOffset, metadata.offset());
    outstanding--;
    return outstanding == 0;
  }

  /** Where Kafka has it, once it is acknowledged; empty if that is not one place, or not known. */
  Optional<PublishedSegment> published() {
    if (partition == NOWHERE) {
      return Optional.empty();
    }
    pages.runOptimize();
    Announcement run =
        new Announcement(
            namespace,
            segment.logId(),
            segment.epoch(),
            segment.startFrameNo(),
            segment.lastFrameNo(),
            sealedAtMs(),
            segment.pageSize(),
            kind.isEnd() ? segment.sizeAfter() : 0,
            kind.isSnapshot(),
            1,
            frames,
            partition,
            List.of(),
            firstOffset,
            lastOffset,
            kind.isEnd() ? segment.databaseChecksum() : 0,
            pages);
    return Optional.of(new PublishedSegment(run, kind));
  }

  /** Its end, as a point in the log. */
  DurableFrame end() {
    return new DurableFrame(segment.logId(), segment.epoch(), segment.lastFrameNo());
  }

  boolean isAcknowledged() {
    return outstanding == 0 && lastIndex >= 0;
  }

  void tellDurable() {
    onDurable.durable(segment.lastFrameNo());
  }

  /** Lets the segment's file go, which was retained for this. */
  void release() {
    try {
      segment.release();
    } catch (IOException e) {
      LOG.warn("Closing {} failed: {}", segment.path(), e, e);
    }
  }

  private void skipUnpublished() {
    while (nextIndex < lastIndex && !isPublished(nextIndex)) {
      nextIndex++;
    }
  }

  private boolean isPublished(int index) {
    return segment.pageNo(index) != FrameRecord.lockBytePageNo(segment.pageSize());
  }

  private Map<String, Object> offset(long durableFrameNo) {
    return new SourcePosition(durableFrameNo, segment.logId(), segment.epoch()).toOffset();
  }
}
