package io.walcast.connector.source;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * The segments of one namespace between sealing and durability, in frame order. Guarded by the
 * {@link SegmentPublisher}.
 */
final class NamespaceQueue {

  private final Queue<Publication> unsent = new ArrayDeque<>();
  private final Queue<Publication> unacknowledged = new ArrayDeque<>(); // sent or not
  private long durableFrameNo;
  private long sentFrameNo;
  private String problem = "";
  private long retryAtNs;
  private boolean cleared;

  void add(Publication publication) {
    unsent.add(publication);
    unacknowledged.add(publication);
  }

  /** The oldest segment that is not sent in full, or {@code null}. */
  Publication sending() {
    return unsent.peek();
  }

  /** The oldest one has been handed over to its last frame. */
  void sent() {
    sentFrameNo = unsent.remove().lastFrameNo();
    problem = "";
  }

  /**
   * Takes out the segments that are acknowledged, as far as none before them is missing.
   *
   * @return those, oldest first
   */
  List<Publication> removeDurable() {
    List<Publication> durable = new ArrayList<>();
    while (!unacknowledged.isEmpty() && unacknowledged.peek().isAcknowledged()) {
      Publication publication = unacknowledged.remove();
      durableFrameNo = Math.max(durableFrameNo, publication.lastFrameNo());
      durable.add(publication);
    }
    return durable;
  }

  /** Forgets all and lets their files go. */
  void clear() {
    unsent.clear();
    unacknowledged.forEach(Publication::release);
    unacknowledged.clear();
    cleared = true;
  }

  /** Whether it is of no use any more, though somebody may still be reading one of its segments. */
  boolean isCleared() {
    return cleared;
  }

  /** Reading failed; leave it alone for a while. */
  void failed(String what, long retryAt) {
    problem = what;
    retryAtNs = retryAt;
  }

  /** Nothing is wrong, but nothing may be sent before. */
  void holdUntil(long retryAt) {
    retryAtNs = retryAt;
  }

  boolean mayRetry(long nowNs) {
    return retriesIn(nowNs) <= 0;
  }

  /** In how many nanoseconds it may be tried again. */
  long retriesIn(long nowNs) {
    return retryAtNs - nowNs;
  }

  PublishStatus status() {
    return new PublishStatus(sentFrameNo, durableFrameNo, unacknowledged.size(), problem);
  }

  long durableFrameNo() {
    return durableFrameNo;
  }
}
