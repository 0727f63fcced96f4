package io.walcast.connector.announce;

import io.walcast.connector.wire.FrameRecord;
import io.walcast.segment.Namespace;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.roaringbitmap.RoaringBitmap;

/**
 * Says where in the topic of frames a run of segments lies, and what is in it. A run is one
 * segment, or several that follow each other in one log and one partition; as a whole it is like
 * one segment: it leads from the frame before its start to its end. Immutable, if nobody changes
 * the page set.
 *
 * @param namespace the database
 * @param logId names one continuous history
 * @param epoch fencing token of the capturer, unsigned
 * @param startFrameNo first frame number that the run covers
 * @param endFrameNo last frame number that the run covers
 * @param sealedAtMs when its last segment was sealed, in milliseconds since 1970
 * @param pageSize page size in bytes
 * @param sizeAfter database size in pages after it
 * @param snapshot whether it holds every page and so needs nothing before it
 * @param segments how many segments, at least 1; a snapshot is one, or has as many as parts
 * @param records records that they consist of; between the first offset and the last there may be
 *     others, of other namespaces or of a source that was restarted
 * @param partition where they are
 * @param parts first offset of each part of a snapshot that came in several; else empty
 * @param firstOffset offset of the first
 * @param lastOffset offset of the last
 * @param databaseChecksum checksum of the database after it; 0: not stated
 * @param pages page numbers, none above {@code sizeAfter}
 */
public record Announcement(
    Namespace namespace,
    UUID logId,
    int epoch,
    long startFrameNo,
    long endFrameNo,
    long sealedAtMs,
    int pageSize,
    int sizeAfter,
    boolean snapshot,
    int segments,
    long records,
    int partition,
    List<Long> parts,
    long firstOffset,
    long lastOffset,
    long databaseChecksum,
    RoaringBitmap pages) {

  /** Copies the list. */
  public Announcement {
    parts = List.copyOf(parts);
  }

  /** The key under which it is written. */
  public AnnouncementKey key() {
    return new AnnouncementKey(namespace, epoch, logId, startFrameNo);
  }

  /** Whether a segment can be the next of this run. A snapshot begins a run, and is all of it. */
  public boolean isContinuedBy(Announcement next) {
    return !snapshot
        && !next.snapshot
        && namespace.equals(next.namespace)
        && logId.equals(next.logId)
        && epoch == next.epoch
        && endFrameNo + 1 == next.startFrameNo
        && pageSize == next.pageSize
        && partition == next.partition
        && lastOffset < next.firstOffset;
  }

  /** This run and the segment that continues it, as one run. */
  public Announcement with(Announcement next) {
    RoaringBitmap union = RoaringBitmap.or(pages, next.pages);
    union.remove(Integer.toUnsignedLong(next.sizeAfter) + 1, 1L << 32); // what a shrink cut off
    return new Announcement(
        namespace,
        logId,
        epoch,
        startFrameNo,
        next.endFrameNo,
        next.sealedAtMs,
        pageSize,
        next.sizeAfter,
        false,
        segments + next.segments,
        records + next.records,
        partition,
        List.of(),
        firstOffset,
        next.lastOffset,
        next.databaseChecksum,
        union);
  }

  /** When the last segment was sealed. */
  public Instant sealedAt() {
    return Instant.ofEpochMilli(sealedAtMs);
  }

  /** Bytes of the record values that the run consists of. */
  public long bytes() {
    return records * (FrameRecord.HEADER_BYTES + pageSize);
  }

  @Override
  public String toString() {
    return key() + ".." + endFrameNo + " at " + partition + "@" + firstOffset + ".." + lastOffset;
  }
}
