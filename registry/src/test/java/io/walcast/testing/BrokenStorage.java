package io.walcast.testing;

import io.walcast.segment.FrameCursor;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentIndex;
import io.walcast.storage.SegmentKey;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoreCallback;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.roaringbitmap.RoaringBitmap;

/** Another storage, which a test watches and lets fail. */
public final class BrokenStorage implements SegmentStorage {

  private final SegmentStorage storage;
  private Consumer<SegmentKey> onFetch = key -> {};
  private boolean storing = true;
  private volatile long framesLeft = Long.MAX_VALUE;

  public BrokenStorage(SegmentStorage storage) {
    this.storage = storage;
  }

  /** Tells which segments are read. */
  public BrokenStorage onFetch(Consumer<SegmentKey> watcher) {
    onFetch = watcher;
    return this;
  }

  /** Forgets what is to be stored. */
  public BrokenStorage storingNothing() {
    storing = false;
    return this;
  }

  /** Lets reading fail after so many frames. */
  public void failAfterFrames(long frames) {
    framesLeft = frames;
  }

  /** Lets nothing fail any more. */
  public void heal() {
    framesLeft = Long.MAX_VALUE;
  }

  @Override
  public void store(Namespace namespace, SealedSegment segment, StoreCallback callback) {
    if (storing) {
      storage.store(namespace, segment, callback);
    }
  }

  @Override
  public long durableFrameNo(Namespace namespace) throws IOException {
    return storage.durableFrameNo(namespace);
  }

  @Override
  public List<SegmentKey> list(Namespace namespace) throws IOException {
    return storage.list(namespace);
  }

  @Override
  public SegmentIndex index(Namespace namespace, SegmentKey key) throws IOException {
    return storage.index(namespace, key);
  }

  @Override
  public FrameCursor fetch(Namespace namespace, SegmentKey key, RoaringBitmap wanted)
      throws IOException {
    onFetch.accept(key);
    return new Cursor(storage.fetch(namespace, key, wanted));
  }

  @Override
  public void shutdown() {
    storage.shutdown();
  }

  private final class Cursor implements FrameCursor {

    private final FrameCursor frames;

    private Cursor(FrameCursor frames) {
      this.frames = frames;
    }

    @Override
    public boolean next() throws IOException {
      if (framesLeft == 0) {
        throw new IOException("injected: fetch");
      }
      if (framesLeft != Long.MAX_VALUE) {
        framesLeft--;
      }
      return frames.next();
    }

    @Override
    public long frameNo() {
      return frames.frameNo();
    }

    @Override
    public int pageNo() {
      return frames.pageNo();
    }

    @Override
    public ByteBuffer page() {
      return frames.page();
    }

    @Override
    public void close() throws IOException {
      frames.close();
    }
  }
}
