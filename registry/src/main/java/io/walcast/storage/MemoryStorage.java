package io.walcast.storage;

import io.walcast.segment.FrameCursor;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Keeps segments in memory, for as long as it lives: for tests, and for trying out. Thread-safe.
 */
public final class MemoryStorage implements SegmentStorage {

  private record Held(SegmentIndex index, long[] frameNos, byte[][] pages) {}

  private final Map<Namespace, TreeMap<SegmentKey, Held>> stored = new HashMap<>();
  private final StoreQueue queue;

  /** Stores in the thread that hands a segment over. */
  public MemoryStorage() {
    this(Runnable::run);
  }

  /** Stores by way of an executor. */
  public MemoryStorage(Executor executor) {
    queue = new StoreQueue(this::write, executor, executor);
  }

  @Override
  public void store(Namespace namespace, SealedSegment segment, StoreCallback callback) {
    queue.add(namespace, segment, callback);
  }

  private void write(Namespace namespace, SealedSegment segment) throws IOException {
    int count = segment.pageCount();
    Held held = new Held(SegmentIndex.of(segment), new long[count], new byte[count][]);
    for (int i = 0; i < count; i++) {
      held.pages()[i] = new byte[segment.pageSize()];
      held.frameNos()[i] = segment.readPage(i, ByteBuffer.wrap(held.pages()[i]));
    }
    synchronized (this) {
      stored
          .computeIfAbsent(namespace, name -> new TreeMap<>())
          .putIfAbsent(SegmentKey.of(segment), held);
    }
  }

  @Override
  public long durableFrameNo(Namespace namespace) throws IOException {
    return newest(namespace).map(SegmentKey::endFrameNo).orElse(0L);
  }

  @Override
  public synchronized List<SegmentKey> list(Namespace namespace) {
    TreeMap<SegmentKey, Held> held = stored.get(namespace);
    return held == null ? List.of() : List.copyOf(held.keySet());
  }

  @Override
  public SegmentIndex index(Namespace namespace, SegmentKey key) throws IOException {
    return held(namespace, key).index();
  }

  @Override
  public FrameCursor fetch(Namespace namespace, SegmentKey key, RoaringBitmap wanted)
      throws IOException {
    return new Cursor(held(namespace, key), wanted);
  }

  private synchronized Held held(Namespace namespace, SegmentKey key) throws IOException {
    TreeMap<SegmentKey, Held> all = stored.get(namespace);
    Held held = all == null ? null : all.get(key);
    if (held == null) {
      throw new IOException(namespace + ": " + key + " is not stored");
    }
    return held;
  }

  @Override
  public void shutdown() {
    queue.shutdown();
  }

  private static final class Cursor implements FrameCursor {

    private final Held held;
    private final PeekableIntIterator pageNos;
    private int pageNo;
    private int at;

    private Cursor(Held held, RoaringBitmap wanted) {
      this.held = held;
      this.pageNos = RoaringBitmap.and(held.index().pages(), wanted).getIntIterator();
    }

    @Override
    public boolean next() {
      if (!pageNos.hasNext()) {
        return false;
      }
      pageNo = pageNos.next();
      at = held.index().pages().rank(pageNo) - 1;
      return true;
    }

    @Override
    public long frameNo() {
      return held.frameNos()[at];
    }

    @Override
    public int pageNo() {
      return pageNo;
    }

    @Override
    public ByteBuffer page() {
      return ByteBuffer.wrap(held.pages()[at]).asReadOnlyBuffer();
    }

    @Override
    public void close() {
      // nothing is held open
    }
  }
}
