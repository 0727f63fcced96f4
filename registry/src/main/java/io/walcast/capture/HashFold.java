package io.walcast.capture;

import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.sqlite.PageHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Takes the pages of a run of segments over into the kept hashes: a redo that may be done again,
 * from wherever a kill has left it. For one thread.
 */
final class HashFold {

  /** Hashes that are known without reading the page. */
  @FunctionalInterface
  interface Known {
    /** Hash of the newest version of a page, if that is as of this frame or before; else 0. */
    long hash(int pageNo, long upToFrameNo);
  }

  private final HashFile file;
  private final Known known;

  HashFold(HashFile file, Known known) {
    this.file = file;
    this.known = known;
  }

  /**
   * Folds.
   *
   * @param run consecutive segments, oldest first
   * @return whether the file is as of the end of the run now; it is not where it was of no use
   *     before and no segment of the run holds every page
   */
  boolean fold(List<SealedSegment> run) throws IOException {
    LogPosition end = run.get(run.size() - 1).end();
    int snapshot = lastSnapshot(run);
    Optional<HashFileHeader> base = Optional.empty();
    if (snapshot < 0) {
      long before = run.get(0).startFrameNo() - 1;
      base = file.read().filter(h -> h.reaches(end.logId(), end.pageSize(), before));
      if (base.isEmpty()) {
        return false;
      }
      if (base.get().frameNo() >= end.frameNo()) {
        return true;
      }
    }
    try (HashWriter writer = file.writer(base.isEmpty())) {
      for (SealedSegment segment : run.subList(Math.max(snapshot, 0), run.size())) {
        fold(segment, end.frameNo(), writer);
      }
      Optional<Long> stated = PageHash.exact(run.get(run.size() - 1).databaseChecksum());
      long checksum =
          stated.isPresent() ? stated.get() : writer.checksum(end.sizePages(), end.pageSize());
      writer.finish(end, checksum);
    }
    return true;
  }

  private static int lastSnapshot(List<SealedSegment> run) {
    for (int i = run.size() - 1; i >= 0; i--) {
      if (run.get(i).isSnapshot()) {
        return i;
      }
    }
    return -1;
  }

  private void fold(SealedSegment segment, long endFrameNo, HashWriter writer) throws IOException {
    int lockBytePage = DatabaseHeader.lockBytePage(segment.pageSize());
    ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
    for (int i = 0; i < segment.pageCount(); i++) {
      int pageNo = segment.pageNo(i);
      if (pageNo != lockBytePage) {
        long hash = known.hash(pageNo, endFrameNo);
        if (hash == 0) {
          segment.readPage(i, page.clear());
          hash = PageHash.of(pageNo, page.flip());
        }
        writer.put(pageNo, hash);
      }
    }
  }
}
