package io.walcast.connector.sink;

import java.util.List;

/**
 * What a sink task shows of itself, as {@code io.walcast:type=sink-task,connector=...,task=...}.
 * Open types only: a reader needs no class of Walcast.
 */
public interface SinkTaskMXBean {

  /** Namespaces seen and open. */
  int getNamespaces();

  /** Namespaces that wait for a snapshot. */
  int getWaitingNamespaces();

  /** Namespaces out of service because of a damaged or impossible frame. */
  int getQuarantinedNamespaces();

  /** Namespaces that are not what their source has, and wait for a snapshot. */
  int getDivergedNamespaces();

  /** Namespaces stopped by an error outside the frames, to be tried again. */
  int getRetryingNamespaces();

  /** Records taken since the task started. */
  long getRecords();

  /** Records refused because their key names no namespace. */
  long getHostileRecords();

  /** Segments folded into the replicas that are open. */
  long getAppliedSegments();

  /** Segments skipped because a replica that is open had them. */
  long getSkippedSegments();

  /** Bytes of pages that wait to be folded. */
  long getUnfoldedBytes();

  /** Replicas that are just being synced from what is announced. */
  int getRunningSyncs();

  /** Syncs since the task started that have read all they wanted. */
  long getSyncs();

  /** Attempts at a sync that have not. */
  long getFailedSyncs();

  /** Pages that syncs have read so far, those that are running and those that failed included. */
  long getSyncedPages();

  /** Bytes that the syncs that are done had from the brokers. */
  long getSyncedBytes();

  /** Whether the partitions are paused until enough is folded. */
  boolean isPaused();

  /**
   * Each open namespace, in the order of their names. A reader sees an array of composite data with
   * the items namespace, state, reason, receivedFrame, appliedFrame, appliedSegments,
   * skippedSegments, lastAppliedSealedAtMs, epoch and unfoldedBytes.
   */
  List<ReplicaView> getReplicas();
}
