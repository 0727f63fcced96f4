package io.walcast.connector.announcer;

import java.time.Duration;

/**
 * How to announce, and when to ask for snapshots.
 *
 * @param topic of the frames
 * @param interval how often the announcements of a namespace are written at most
 * @param runMaxBytes of records that a run of several segments may have
 * @param snapshotSizeRatio bytes published since the newest snapshot, relative to the database,
 *     from which on another one is due; 0: never
 * @param snapshotInterval age of the newest snapshot from which on another one is due if anything
 *     has been published since; zero: never
 * @param historyRetention how far back one can restore; negative: as far as there is anything
 * @param prune whether records are deleted that no announcement leads to
 * @param pruneInterval how often
 */
public record AnnouncerOptions(
    String topic,
    Duration interval,
    long runMaxBytes,
    double snapshotSizeRatio,
    Duration snapshotInterval,
    Duration historyRetention,
    boolean prune,
    Duration pruneInterval) {

  private static final String SUFFIX = ".segments";

  /** Longest name of a topic of frames beside which there can be one of announcements. */
  public static final int TOPIC_MAX_LENGTH = 249 - SUFFIX.length();

  /** The topic of announcements. */
  public String announcements() {
    return topic + SUFFIX;
  }
}
