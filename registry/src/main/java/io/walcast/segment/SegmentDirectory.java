package io.walcast.segment;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segment files of one namespace: {@code <start frame no, 20 digits>.seg}, so that name order
 * is log order. Used by one thread at a time.
 */
public final class SegmentDirectory {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentDirectory.class);
  private static final String SUFFIX = ".seg";
  private static final Pattern SEGMENT_NAME = Pattern.compile("[0-9]{20}\\.seg");

  private final Io io;
  private final Path directory;
  private final BufferPool buffers;
  private final boolean syncOnSeal;

  /**
   * Touches nothing yet.
   *
   * @param syncOnSeal whether a sealed segment is durable. Where it is not, a crash of the machine
   *     can leave any part of it unwritten, so every frame is verified again when it is opened
   */
  public SegmentDirectory(Io io, Path directory, BufferPool buffers, boolean syncOnSeal) {
    this.io = io;
    this.directory = directory;
    this.buffers = buffers;
    this.syncOnSeal = syncOnSeal;
  }

  /**
   * The segment files in log order; the directory is created if it is missing. Files with other
   * names are left alone.
   */
  public List<Path> segments() throws IOException {
    io.createDirectories(directory);
    List<Path> segments = new ArrayList<>();
    for (Path entry : io.list(directory)) {
      if (SEGMENT_NAME.matcher(entry.getFileName().toString()).matches()) {
        segments.add(entry);
      }
    }
    if (syncOnSeal && segments.isEmpty()) {
      syncDirectories();
    }
    return segments;
  }

  /**
   * Makes the directory durable, for a log without segments: then it, and those above it, may have
   * been created just now, or by an opening that failed. Those of another file system were not, nor
   * those that cannot be read.
   */
  private void syncDirectories() throws IOException {
    Path above = directory.toAbsolutePath().getParent();
    FileIdentity ours = io.identity(directory);
    FileIdentity found = ours;
    while (found != null && found.device() == ours.device()) {
      try {
        io.syncDirectory(above);
      } catch (AccessDeniedException e) {
        return;
      }
      above = above.getParent();
      found = above == null ? null : io.identity(above);
    }
  }

  /**
   * The header of a segment file; empty if a crash came before it was on the disk, so that the file
   * holds nothing that can be used.
   */
  public Optional<SegmentHeader> header(Path path) throws IOException {
    try (StorageFile file = io.open(path, Io.OpenMode.READ)) {
      return SegmentHeader.isUnwritten(file)
          ? Optional.empty()
          : Optional.of(SegmentHeader.read(file));
    } catch (CorruptSegmentException e) {
      if (syncOnSeal) {
        throw e;
      }
      LOG.warn("{} was not synced, and its header is lost", path, e);
      return Optional.empty();
    }
  }

  /**
   * Opens a segment that {@link #header} has shown to have one. One that was never sealed is cut to
   * its last whole transaction and sealed; where there is none the file is deleted.
   *
   * @param upToFrameNo transactions of an unsealed segment that end above it are cut off
   */
  public Optional<SealedSegment> open(Path path, long upToFrameNo) throws IOException {
    Optional<SealedSegment> sealed = openSealed(path);
    return sealed.isPresent() ? sealed : recover(path, upToFrameNo);
  }

  /** Last frame number of the newest sealed segment of a log; 0 if there is none. */
  public long lastSealedFrameNo(UUID logId) throws IOException {
    List<Path> paths = segments();
    for (int i = paths.size() - 1; i >= 0; i--) {
      Optional<SegmentHeader> header = header(paths.get(i));
      if (header.isPresent() && header.get().logId().equals(logId)) {
        Optional<SealedSegment> sealed = SealedSegment.openIfSealed(io, paths.get(i));
        if (sealed.isPresent()) {
          try (SealedSegment newest = sealed.get()) {
            return newest.lastFrameNo();
          }
        }
      }
    }
    return 0;
  }

  private Optional<SealedSegment> openSealed(Path path) throws IOException {
    try {
      Optional<SealedSegment> sealed = SealedSegment.openIfSealed(io, path);
      if (sealed.isPresent()) {
        verify(sealed.get());
      }
      return sealed;
    } catch (CorruptSegmentException e) {
      if (syncOnSeal) {
        throw e;
      }
      LOG.warn("{} was sealed but not synced; keeping what is whole", path, e);
      return Optional.empty();
    }
  }

  private void verify(SealedSegment segment) throws IOException {
    boolean whole = false;
    try {
      if (syncOnSeal) {
        segment.settle(); // who sealed it may have died before the sync, or of it
      } else {
        segment.verifyFrames(buffers);
      }
      whole = true;
    } finally {
      if (!whole) {
        segment.close();
      }
    }
  }

  private Optional<SealedSegment> recover(Path path, long upToFrameNo) throws IOException {
    StorageFile file = io.open(path, Io.OpenMode.READ_WRITE);
    boolean handedOn = false;
    try {
      CurrentSegment found =
          CurrentSegment.recover(io, file, SegmentHeader.read(file), buffers, upToFrameNo);
      if (found.committed().frames() == 0) {
        io.delete(path);
        return Optional.empty();
      }
      SealedSegment sealed = found.seal(io.now(), syncOnSeal);
      handedOn = true;
      LOG.info("recovered {}, {} frames", sealed, sealed.frameCount());
      return Optional.of(sealed);
    } finally {
      if (!handedOn) {
        file.close();
      }
    }
  }

  /**
   * Begins a segment. What an earlier attempt left under its name is overwritten, unless it holds
   * committed frames.
   */
  public CurrentSegment create(SegmentHeader header) throws IOException {
    Path path = path(header.startFrameNo());
    refuseCommittedFrames(path);
    StorageFile file = io.open(path, Io.OpenMode.TRUNCATE);
    boolean created = false;
    try {
      CurrentSegment segment = CurrentSegment.create(io, file, header, buffers);
      if (syncOnSeal) {
        io.syncDirectory(directory);
      }
      created = true;
      return segment;
    } finally {
      if (!created) {
        discard(file);
      }
    }
  }

  private void refuseCommittedFrames(Path path) throws IOException {
    if (!io.exists(path)) {
      return;
    }
    try (StorageFile file = io.open(path, Io.OpenMode.READ)) {
      if (!SegmentHeader.isUnwritten(file)) {
        SegmentScan scan = new SegmentScan(file, SegmentHeader.read(file));
        scan.run(Long.MAX_VALUE, buffers);
        if (scan.committed().frames() > 0) {
          throw new CorruptSegmentException(
              path, SegmentHeader.LENGTH, "committed frames where a new segment was to begin");
        }
      }
    }
  }

  /** Closes and deletes a segment that was begun and is not needed; what cannot go is left. */
  public void discard(CurrentSegment unused) {
    discard(unused.file());
  }

  private void discard(StorageFile unused) {
    try {
      unused.close();
      io.delete(unused.path());
    } catch (IOException e) {
      LOG.warn("cannot delete the unused segment {}; it holds nothing", unused.path(), e);
    }
  }

  /** Makes deletions durable. */
  public void sync() throws IOException {
    io.syncDirectory(directory);
  }

  /**
   * Deletes the segments that begin after a frame number, the newest first, each durably before the
   * next: no crash leaves a gap, which would keep the log from being opened.
   */
  public void deleteAfter(long startFrameNo) throws IOException {
    List<Path> segments = segments();
    Path last = path(startFrameNo);
    for (int i = segments.size() - 1; i >= 0 && segments.get(i).compareTo(last) > 0; i--) {
      io.delete(segments.get(i));
      io.syncDirectory(directory);
    }
  }

  private Path path(long startFrameNo) {
    return directory.resolve(String.format(Locale.ROOT, "%020d", startFrameNo) + SUFFIX);
  }

  /** Deletes a segment file that is not open. */
  public void delete(Path path) throws IOException {
    io.delete(path);
  }
}
