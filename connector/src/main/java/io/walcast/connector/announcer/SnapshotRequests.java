package io.walcast.connector.announcer;

import io.walcast.segment.Namespace;

/** Takes requests to publish a snapshot of a namespace. Any thread; does not block. */
@FunctionalInterface
public interface SnapshotRequests {

  /**
   * Asks for a snapshot, which will come as soon as the database can be read.
   *
   * @return whether the database is being captured, and so the request will be met
   */
  boolean request(Namespace namespace);
}
