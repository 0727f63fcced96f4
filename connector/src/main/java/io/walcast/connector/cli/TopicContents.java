package io.walcast.connector.cli;

import io.walcast.connector.storage.AnnouncedRuns;
import io.walcast.connector.storage.TopicIndex;
import io.walcast.connector.storage.TopicScan;

/**
 * What is known to be in the topic.
 *
 * @param scan what was read of it, added to what was announced
 * @param announced what is announced; empty where that was not used
 */
record TopicContents(TopicScan scan, AnnouncedRuns announced) {

  /** Whether announcements were used. */
  boolean isAnnounced() {
    return !announced.namespaces().isEmpty();
  }

  TopicIndex index() {
    return scan.index();
  }
}
