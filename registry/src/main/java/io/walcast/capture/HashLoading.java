package io.walcast.capture;

import io.walcast.registry.SharedWal;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.PageHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * What is known of the pages of a log that has just been opened: the file, and above it the
 * segments that are not folded into it.
 */
final class HashLoading {

  private final HashOverlay newer = new HashOverlay();
  private final List<SealedSegment> tail; // newest first
  private final long stated;
  private boolean known;

  /** Reads the file's header; no fold may run beside this. */
  HashLoading(HashFile file, SharedWal wal) throws IOException {
    Optional<HashFileHeader> base =
        file.read()
            .filter(h -> h.reaches(wal.logId(), wal.pageSize(), wal.checkpointedFrameNo()))
            .filter(h -> h.frameNo() <= wal.lastCommittedFrameNo());
    known = base.isPresent();
    tail = wal.sealedSegments();
    stated =
        tail.isEmpty()
            ? base.map(HashFileHeader::checksum).orElse(PageHash.NOT_STATED)
            : tail.get(0).databaseChecksum();
  }

  /** Reads the pages of the segments; folds may run beside this. */
  void run() throws IOException {
    for (int i = tail.size() - 1; i >= 0; i--) {
      SealedSegment segment = tail.get(i);
      if (segment.retain()) { // else it has been folded meanwhile
        try {
          add(segment);
        } finally {
          segment.release();
        }
      }
    }
  }

  private void add(SealedSegment segment) throws IOException {
    known |= segment.isSnapshot();
    ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
    for (int i = 0; i < segment.pageCount() && known; i++) {
      int pageNo = segment.pageNo(i);
      segment.readPage(i, page.clear());
      newer.put(pageNo, PageHash.of(pageNo, page.flip()), segment.lastFrameNo());
    }
  }

  /** Whether the hash of every page is known. */
  boolean isKnown() {
    return known;
  }

  /** Hashes of the segments. */
  HashOverlay newer() {
    return newer;
  }

  /** The checksum at the end of the log, if a segment or the file states exactly that. */
  Optional<Long> checksum() {
    return PageHash.exact(stated);
  }
}
