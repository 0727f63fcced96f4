package io.walcast.capture;

import io.walcast.registry.SharedWal;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.PageHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is known of the pages of a log that has just been opened: the file, and above it the
 * segments that are not folded into it.
 */
final class HashLoading {

  private final HashOverlay newer = new HashOverlay();
  private final List<SealedSegment> retained = new ArrayList<>(); // oldest first
  private final long stated;
  private boolean known;

  /**
   * Reads the file's header and retains the segments above it. No fold may run beside this: one
   * that took some of the segments away later would leave the older versions of their pages above
   * the file.
   */
  HashLoading(HashFile file, SharedWal wal) throws IOException {
    Optional<HashFileHeader> base =
        file.read()
            .filter(h -> h.reaches(wal.logId(), wal.pageSize(), wal.checkpointedFrameNo()))
            .filter(h -> h.frameNo() <= wal.lastCommittedFrameNo());
    known = base.isPresent();
    List<SealedSegment> tail = wal.sealedSegments(); // newest first
    stated =
        tail.isEmpty()
            ? base.map(HashFileHeader::checksum).orElse(PageHash.NOT_STATED)
            : tail.get(0).databaseChecksum();
    for (int i = tail.size() - 1; i >= 0; i--) {
      if (tail.get(i).retain()) { // else the file has it, and all that are older
        retained.add(tail.get(i));
      }
    }
  }

  /** Reads the pages of the segments, once; folds may run beside this. */
  void run() throws IOException {
    try {
      for (SealedSegment segment : retained) {
        add(segment);
      }
    } finally {
      for (SealedSegment segment : retained) {
        segment.release();
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
