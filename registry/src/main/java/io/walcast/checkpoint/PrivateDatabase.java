package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.LogStart;
import io.walcast.registry.OpenRequest;
import io.walcast.segment.BufferPool;
import io.walcast.segment.SegmentDirectory;
import io.walcast.segment.SegmentHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** How a {@linkplain PrivateTarget private} database is opened through a registry. Stateless. */
public final class PrivateDatabase {

  private PrivateDatabase() {}

  /**
   * Looks at what is there: a private database goes on where it was; a database of SQLite's own
   * that nobody uses, without a WAL, is taken over as it is; where there is nothing, an empty
   * database begins. The directory {@code <database>-wal} is made.
   *
   * @param database the file; its directory must exist
   * @param newPageSize page size in bytes of a database that begins
   * @param epoch fencing token, unsigned; not below that of the log so far
   * @return a request for {@link io.walcast.registry.WalRegistry#open}, which takes over the files
   *     that it holds open
   */
  public static OpenRequest open(Io io, Path database, int newPageSize, int epoch)
      throws IOException {
    PrivateTarget target = new PrivateTarget(io, database);
    boolean done = false;
    try {
      Path walDirectory = PrivateTarget.walDirectory(database);
      Optional<SegmentHeader> oldest = oldestSegment(io, walDirectory);
      int pageSize =
          target.pageSize() != 0
              ? target.pageSize()
              : oldest.map(SegmentHeader::pageSize).orElse(newPageSize);
      OpenRequest request =
          new OpenRequest(
              walDirectory,
              target,
              pageSize,
              epoch,
              start(io, target, oldest),
              Long.MAX_VALUE,
              0,
              CheckpointListener.NONE);
      done = true;
      return request;
    } finally {
      if (!done) {
        target.close();
      }
    }
  }

  private static Optional<SegmentHeader> oldestSegment(Io io, Path walDirectory)
      throws IOException {
    SegmentDirectory directory = new SegmentDirectory(io, walDirectory, new BufferPool(0), true);
    for (Path path : directory.segments()) {
      Optional<SegmentHeader> header = directory.header(path);
      // A header alone is that of a swap cut short, whose segment before may be lost.
      if (header.isPresent() && io.identity(path).sizeBytes() > SegmentHeader.LENGTH) {
        return header;
      }
    }
    return Optional.empty();
  }

  private static Optional<LogStart> start(
      Io io, PrivateTarget target, Optional<SegmentHeader> oldest) {
    if (target.position().isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        oldest
            .map(header -> new LogStart(header.logId(), header.startFrameNo(), header.sizeBefore()))
            .orElseGet(() -> new LogStart(io.randomUuid(), 1, target.sizePages())));
  }
}
