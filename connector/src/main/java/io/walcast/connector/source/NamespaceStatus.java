package io.walcast.connector.source;

import java.util.Map;

/**
 * State of one namespace at its source, as JMX shows it: getters only, so that it becomes a
 * composite of open types and no class of the plugin is needed to read it.
 */
public final class NamespaceStatus {

  private final String namespace;
  private final DatabaseStatus capture;
  private final PublishStatus publishing;
  private final long durableFrameNo;

  NamespaceStatus(
      String namespace, DatabaseStatus capture, PublishStatus publishing, long durableFrameNo) {
    this.namespace = namespace;
    this.capture = capture;
    this.publishing = publishing;
    this.durableFrameNo = durableFrameNo;
  }

  /** The namespace. */
  public String getNamespace() {
    return namespace;
  }

  /** State of its capture, one word. */
  public String getState() {
    return capture.state();
  }

  /** Why it is in this state, or why nothing is published; empty if nothing is wrong. */
  public String getReason() {
    return capture.reason().isEmpty() ? publishing.problem() : capture.reason();
  }

  /** Last frame number captured. */
  public long getCommittedFrameNo() {
    return capture.committedFrameNo();
  }

  /** Last frame number handed to the producer, by earlier tasks too; 0 if none is known. */
  public long getPublishedFrameNo() {
    return Math.max(publishing.sentFrameNo(), durableFrameNo);
  }

  /** Last frame number that Kafka is known to have, to earlier tasks too; 0 if none is. */
  public long getDurableFrameNo() {
    return durableFrameNo;
  }

  /** Sealed segments that Kafka does not have in full. */
  public int getSegmentsWaiting() {
    return publishing.segmentsWaiting();
  }

  /** Transactions captured since the task started. */
  public long getCommits() {
    return capture.commits();
  }

  /** Whole copies of the database made since the task started. */
  public long getSnapshots() {
    return capture.snapshots();
  }

  /** Comparisons made in place of whole copies since the task started. */
  public long getDifferences() {
    return capture.differences();
  }

  /** Times the database could not be followed, since the task started: copies and comparisons. */
  public long getResyncs() {
    return capture.resyncs().values().stream().mapToLong(Long::longValue).sum();
  }

  /** The same by reason. */
  public Map<String, Long> getResyncReasons() {
    return capture.resyncs();
  }
}
