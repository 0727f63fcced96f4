package io.walcast.connector.source;

import java.util.List;

/** What one source task says of itself over JMX. Every call is cheap and reads no file. */
public interface SourceTaskMXBean {

  /** State of each namespace of this task, in name order. */
  List<NamespaceStatus> getNamespaces();

  /** How many databases this task watches. */
  int getDatabases();

  /** How many of them rest: idle for a while, and Kafka has all of them. */
  int getResting();

  /** How many of them are failing. */
  int getFailing();

  /** Transactions captured since the task started. */
  long getCommits();

  /** Frames that Kafka acknowledged since the task started. */
  long getFramesAcknowledged();

  /** Bytes of the frames that Kafka acknowledged since the task started, headers included. */
  long getBytesAcknowledged();

  /** Sealed segments that Kafka does not have in full. */
  int getSegmentsWaiting();

  /** Announcements that Kafka took since the task started. */
  long getAnnouncements();

  /** Why nothing is announced at present; empty if it is, or shall not be. */
  String getAnnouncementProblem();

  /**
   * Asks for a snapshot of a namespace, which is published as soon as the database can be read.
   *
   * @return whether this task captures the namespace
   */
  boolean requestSnapshot(String namespace);

  /** Why databases.directory cannot be looked through; empty if it can. */
  String getScanProblem();
}
