package io.walcast.connector.sink;

/** One replica as JMX shows it: its getters become the items of open data. */
public interface ReplicaView {

  /** Its namespace. */
  String getNamespace();

  /** NEW, FOLLOWING, WAITING_FOR_SNAPSHOT, DIVERGED, QUARANTINED, RETRYING or SYNCING. */
  String getState();

  /** Why it is not following; empty if it is. */
  String getReason();

  /** End of the last whole segment taken. */
  long getReceivedFrame();

  /** Last frame in the database, 0 for none. */
  long getAppliedFrame();

  /** Segments folded since it was opened. */
  long getAppliedSegments();

  /** Segments skipped since it was opened, because the replica had them. */
  long getSkippedSegments();

  /** When the segment folded last was sealed, in milliseconds since 1970; 0 before the first. */
  long getLastAppliedSealedAtMs();

  /** Epoch of the capturer that it follows. */
  long getEpoch();

  /** Bytes of pages taken and not folded. */
  long getUnfoldedBytes();
}
