package io.walcast.connector.cli;

import io.walcast.connector.storage.TopicIndex;
import io.walcast.connector.storage.TopicScan;

/**
 * What is known to be in the topic.
 *
 * @param scan what was read of it, added to what was announced
 * @param announced whether announcements were used
 */
record TopicContents(TopicScan scan, boolean announced) {

  TopicIndex index() {
    return scan.index();
  }
}
