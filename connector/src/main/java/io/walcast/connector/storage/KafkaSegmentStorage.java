package io.walcast.connector.storage;

import io.walcast.connector.announce.Announcement;
import io.walcast.segment.FrameCursor;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentIndex;
import io.walcast.storage.SegmentKey;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoreCallback;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.roaringbitmap.RoaringBitmap;

/**
 * Reads segments back from the topic of frames, by an index of what is in it. It takes none: they
 * get into the topic through the source connector. For one thread.
 */
public final class KafkaSegmentStorage implements SegmentStorage {

  private final FrameTopic topic;
  private final TopicIndex index;

  /**
   * A storage that knows what the index knows.
   *
   * @param topic still the caller's to close
   */
  public KafkaSegmentStorage(FrameTopic topic, TopicIndex index) {
    this.topic = topic;
    this.index = index;
  }

  /** Refused, always. */
  @Override
  public void store(Namespace namespace, SealedSegment segment, StoreCallback callback) {
    throw new UnsupportedOperationException(
        "segments get into " + topic.name() + " through the source connector");
  }

  @Override
  public long durableFrameNo(Namespace namespace) throws IOException {
    return newest(namespace).map(SegmentKey::endFrameNo).orElse(0L);
  }

  @Override
  public List<SegmentKey> list(Namespace namespace) {
    return index.keys(namespace);
  }

  @Override
  public SegmentIndex index(Namespace namespace, SegmentKey key) throws IOException {
    Announcement run = run(namespace, key);
    return new SegmentIndex(
        run.pages(), run.pageSize(), run.sizeAfter(), run.snapshot(), run.databaseChecksum());
  }

  /** Ends any other reading of the topic. A run of several segments is held in memory. */
  @Override
  public FrameCursor fetch(Namespace namespace, SegmentKey key, RoaringBitmap wanted)
      throws IOException {
    Announcement run = run(namespace, key);
    RoaringBitmap held = RoaringBitmap.and(wanted, run.pages());
    return held.isEmpty() || RecordSpans.areKnown(run)
        ? new SpanReader(topic, run, held)
        : new RunReader(topic, run, held);
  }

  /** Bytes of record values that fetching these pages of a run costs. */
  public static long bytesToFetch(Announcement run, RoaringBitmap wanted) {
    RoaringBitmap held = RoaringBitmap.and(wanted, run.pages());
    return held.isEmpty() || RecordSpans.areKnown(run) ? RecordSpans.bytes(run, held) : run.bytes();
  }

  private Announcement run(Namespace namespace, SegmentKey key) throws IOException {
    Optional<Announcement> run = index.run(namespace, key);
    if (run.isEmpty()) {
      throw new IOException(namespace + ": " + key + " is not in " + topic.name());
    }
    return run.get();
  }

  /** Nothing was taken over. */
  @Override
  public void shutdown() {
    // the topic is the caller's
  }
}
