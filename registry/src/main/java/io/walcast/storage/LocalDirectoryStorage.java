package io.walcast.storage;

import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import io.walcast.segment.BufferPool;
import io.walcast.segment.CorruptSegmentException;
import io.walcast.segment.FrameCursor;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.roaringbitmap.RoaringBitmap;

/**
 * Keeps segments below a directory, such as one on another disk: {@code
 * <root>/<namespace>/.segments/<key>.seg}, each a copy of the sealed file. Thread-safe; for one
 * process at a time.
 *
 * <p>A segment is copied under a temporary name, synced, read back and verified to its last frame,
 * renamed, and its directory synced, before it is durable. A crash at any point leaves whole
 * segments, and at most one temporary file a namespace, which the next store overwrites. Damage
 * since then is found where it is read: header, index and trailer each time, a page when it is
 * fetched; the error names file and offset.
 */
public final class LocalDirectoryStorage implements SegmentStorage {

  private static final String SUFFIX = ".seg";
  private static final String UNFINISHED = ".storing";
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final Io io;
  private final Path root;
  private final BufferPool buffers = new BufferPool(2);
  private final StoreQueue queue;
  private final Set<Namespace> prepared = ConcurrentHashMap.newKeySet();

  /**
   * Touches nothing yet.
   *
   * @param root need not exist; its parent must
   * @param executor where segments are copied, such as a pool of a few threads; it is the caller's
   *     to end, after {@link #shutdown}
   */
  public LocalDirectoryStorage(Io io, Path root, Executor executor) {
    this(
        io,
        root,
        executor,
        CompletableFuture.delayedExecutor(RETRY_AFTER.toMillis(), TimeUnit.MILLISECONDS, executor));
  }

  /**
   * Touches nothing yet.
   *
   * @param retries runs after a while what it is given: another try at what has failed
   */
  public LocalDirectoryStorage(Io io, Path root, Executor executor, Executor retries) {
    this.io = io;
    this.root = root.toAbsolutePath();
    this.queue = new StoreQueue(this::write, executor, retries);
  }

  @Override
  public void store(Namespace namespace, SealedSegment segment, StoreCallback callback) {
    queue.add(namespace, segment, callback);
  }

  private void write(Namespace namespace, SealedSegment segment) throws IOException {
    prepare(namespace);
    Path directory = directory(namespace);
    Path target = path(namespace, SegmentKey.of(segment));
    if (!io.exists(target)) {
      Path unfinished = directory.resolve(UNFINISHED);
      try (StorageFile copy = io.open(unfinished, Io.OpenMode.TRUNCATE)) {
        segment.copyTo(copy, buffers);
        copy.force(true);
      }
      try (SealedSegment copied = SealedSegment.open(io, unfinished)) {
        copied.verifyFrames(buffers);
      }
      io.rename(unfinished, target);
    }
    io.syncDirectory(directory);
  }

  /** Makes the directories of a namespace, durably, once in the life of this object. */
  private void prepare(Namespace namespace) throws IOException {
    if (prepared.contains(namespace)) {
      return;
    }
    Path directory = directory(namespace);
    io.createDirectories(directory);
    for (Path path = directory; !path.equals(root); path = path.getParent()) {
      io.syncDirectory(path.getParent());
    }
    io.syncDirectory(root.getParent());
    prepared.add(namespace);
  }

  @Override
  public long durableFrameNo(Namespace namespace) throws IOException {
    return newest(namespace).map(SegmentKey::endFrameNo).orElse(0L);
  }

  @Override
  public List<SegmentKey> list(Namespace namespace) throws IOException {
    Path directory = directory(namespace);
    if (!io.exists(directory)) {
      return List.of();
    }
    List<SegmentKey> keys = new ArrayList<>();
    for (Path entry : io.list(directory)) {
      String name = entry.getFileName().toString();
      if (name.endsWith(SUFFIX)) {
        Optional<SegmentKey> key =
            SegmentKey.parse(name.substring(0, name.length() - SUFFIX.length()));
        keys.add(
            key.orElseThrow(() -> new IOException(entry + " is not named as a stored segment is")));
      }
    }
    Collections.sort(keys);
    return keys;
  }

  @Override
  public SegmentIndex index(Namespace namespace, SegmentKey key) throws IOException {
    try (SealedSegment segment = open(namespace, key)) {
      return SegmentIndex.of(segment);
    }
  }

  @Override
  public FrameCursor fetch(Namespace namespace, SegmentKey key, RoaringBitmap wanted)
      throws IOException {
    try (SealedSegment segment = open(namespace, key)) {
      return segment.frames(wanted); // which keeps the file open
    }
  }

  private SealedSegment open(Namespace namespace, SegmentKey key) throws IOException {
    SealedSegment segment = SealedSegment.open(io, path(namespace, key));
    if (!SegmentKey.of(segment).equals(key)) {
      segment.close();
      throw new CorruptSegmentException(
          segment.path(), 0, "holds segment " + SegmentKey.of(segment) + " under another's name");
    }
    return segment;
  }

  private Path directory(Namespace namespace) {
    return root.resolve(namespace.name()).resolve(".segments");
  }

  private Path path(Namespace namespace, SegmentKey key) {
    return directory(namespace).resolve(key + SUFFIX);
  }

  /** Stores what was handed over, in this thread too, and takes no more. */
  @Override
  public void shutdown() {
    queue.shutdown();
  }
}
