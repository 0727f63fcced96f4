package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.segment.FrameCursor;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentIndex;
import io.walcast.storage.SegmentKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/** A segment in the storage. */
record StoredSegment(SegmentKey key, SegmentIndex index, SortedMap<Integer, Primary.Frame> newest) {

  /** What somebody else has stored. */
  static StoredSegment published(
      World world,
      Tenant tenant,
      DatabaseState before,
      DatabaseState after,
      SortedMap<Integer, Primary.Frame> newest) {
    SortedMap<Integer, Primary.Frame> frames = new TreeMap<>(newest);
    int lockBytePage = world.weather.lockBytePage();
    int counted = frames.size();
    if (after.sizePages() >= lockBytePage) { // older versions of SQLite write it now and then
      frames.put(lockBytePage, new Primary.Frame(after.frameNo(), lockBytePage, 0));
      counted++;
    }
    boolean isBase = before.sizePages() == 0 || counted == after.sizePages();
    Instant now = Instant.ofEpochMilli(world.clock().now().toEpochMilli());
    return new StoredSegment(
        new SegmentKey(tenant.logId, tenant.epoch, before.frameNo() + 1, after.frameNo(), now),
        new SegmentIndex(
            pages(frames),
            world.weather.pageSize(),
            after.sizePages(),
            isBase,
            Checksums.stated(world, after)),
        frames);
  }

  /** What a registry has stored. */
  static StoredSegment copyOf(SealedSegment segment) throws IOException {
    SortedMap<Integer, Primary.Frame> frames = new TreeMap<>();
    ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
    for (int i = 0; i < segment.pageCount(); i++) {
      long frameNo = segment.readPage(i, page.clear());
      long version = PageContent.version(page.flip(), segment + " in storage");
      int pageNo = segment.pageNo(i);
      frames.put(pageNo, new Primary.Frame(frameNo, pageNo, version));
    }
    return new StoredSegment(SegmentKey.of(segment), SegmentIndex.of(segment), frames);
  }

  private static RoaringBitmap pages(Map<Integer, ?> of) {
    RoaringBitmap pages = new RoaringBitmap();
    of.keySet().forEach(pages::add);
    return pages;
  }

  /** Reads it as the network lets it. */
  FrameCursor fetch(World world, RoaringBitmap wanted) {
    PeekableIntIterator pages = RoaringBitmap.and(index.pages(), wanted).getIntIterator();
    return new Cursor(world, world.io(), pages);
  }

  private final class Cursor implements FrameCursor {

    private final World world;
    private final SchedulingIo io;
    private final PeekableIntIterator pages;
    private Primary.Frame frame;
    private boolean closed;

    private Cursor(World world, SchedulingIo io, PeekableIntIterator pages) {
      this.world = world;
      this.io = io;
      this.pages = pages;
    }

    @Override
    public boolean next() throws IOException {
      check(!closed, "a frame is read from a closed cursor");
      world.scheduler.interlude();
      io.mayFail("the storage is cut off");
      if (!pages.hasNext()) {
        return false;
      }
      frame = newest.get(pages.next());
      return true;
    }

    @Override
    public long frameNo() {
      return frame.frameNo();
    }

    @Override
    public int pageNo() {
      return frame.pageNo();
    }

    @Override
    public ByteBuffer page() {
      return PageContent.of(world.weather.pageSize(), frame.version());
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
