package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.announce.AnnouncementKey;
import java.util.Comparator;

/**
 * What is remembered of an announcement for as long as it is there: all but the pages.
 *
 * @param key its key
 * @param sealedAtMs when its last segment was sealed, in milliseconds since 1970
 * @param snapshot whether it is a base
 * @param bytes of its records
 * @param records how many
 * @param partition where they are
 * @param firstOffset offset of the first
 * @param lastOffset offset of the last
 */
record AnnouncedRun(
    AnnouncementKey key,
    long sealedAtMs,
    boolean snapshot,
    long bytes,
    long records,
    int partition,
    long firstOffset,
    long lastOffset) {

  /** The order of history. */
  static final Comparator<AnnouncementKey> ORDER =
      Comparator.comparingLong((AnnouncementKey key) -> Integer.toUnsignedLong(key.epoch()))
          .thenComparingLong(AnnouncementKey::startFrameNo)
          .thenComparing(AnnouncementKey::logId);

  static AnnouncedRun of(Announcement run) {
    return new AnnouncedRun(
        run.key(),
        run.sealedAtMs(),
        run.snapshot(),
        run.bytes(),
        run.records(),
        run.partition(),
        run.firstOffset(),
        run.lastOffset());
  }
}
