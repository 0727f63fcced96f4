package io.walcast.storage;

import io.walcast.segment.FrameCursor;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.roaringbitmap.RoaringBitmap;

/**
 * Where sealed segments become durable outside this machine, and where a database can be had back
 * from. Thread-safe.
 *
 * <p>The registry keeps a stored segment, file and all, until the callback has told that its last
 * frame is durable.
 *
 * <p>Storing never blocks; everything that reads may, and fails with an {@link IOException} that
 * names what it read. A storage that cannot be read back has an empty {@link #list}.
 */
public interface SegmentStorage {

  /**
   * Takes a sealed segment over for storing and returns at once. Segments of one namespace are
   * given, and become durable, in frame order. A segment that is stored already is done at once.
   */
  void store(Namespace namespace, SealedSegment segment, StoreCallback callback);

  /** The highest frame number of the namespace known to be durable; 0 if none is. */
  long durableFrameNo(Namespace namespace) throws IOException;

  /** What is stored of a namespace, of all its logs, in the order of keys. */
  default List<SegmentKey> list(Namespace namespace) throws IOException {
    return List.of();
  }

  /**
   * What a stored segment holds. Costs no reading of pages.
   *
   * @throws IOException also when the key is not in the list (any more)
   */
  default SegmentIndex index(Namespace namespace, SegmentKey key) throws IOException {
    throw new IOException(namespace + ": " + key + " is not stored");
  }

  /**
   * Reads pages of a stored segment, each in its newest version there, in page order. Every page is
   * verified.
   *
   * @param wanted page numbers; those that the segment does not hold are ignored
   * @throws IOException also when the key is not in the list (any more)
   */
  default FrameCursor fetch(Namespace namespace, SegmentKey key, RoaringBitmap wanted)
      throws IOException {
    throw new IOException(namespace + ": " + key + " is not stored");
  }

  /** The newest stored segment of a namespace, of whatever log. */
  default Optional<SegmentKey> newest(Namespace namespace) throws IOException {
    List<SegmentKey> keys = list(namespace);
    return keys.isEmpty() ? Optional.empty() : Optional.of(keys.get(keys.size() - 1));
  }

  /** The newest stored segment of a log that ends at or below a frame. */
  default Optional<SegmentKey> find(Namespace namespace, UUID logId, long frameNo)
      throws IOException {
    return list(namespace).stream()
        .filter(key -> key.logId().equals(logId) && key.endFrameNo() <= frameNo)
        .max(SegmentKey::compareTo);
  }

  /** The newest stored segment of a namespace that was sealed at or before a time. */
  default Optional<SegmentKey> find(Namespace namespace, Instant time) throws IOException {
    return list(namespace).stream()
        .filter(key -> !key.sealedAt().isAfter(time))
        .max(SegmentKey::compareTo);
  }

  /**
   * Forgets the segments of a namespace that are not stored yet: its log was closed. They are
   * handed over again when it is opened, unless they have been dropped. What is on its way may
   * still arrive; nobody is told of it.
   */
  default void forget(Namespace namespace) {
    // a storage that stores at once has nothing to forget
  }

  /**
   * Finishes what was handed over, as far as it can, and takes no more. What could not be stored
   * stays on disk and is handed over again when its log is opened next.
   */
  void shutdown();
}
