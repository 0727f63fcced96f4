package io.walcast.connector.announcer;

import io.walcast.connector.announce.Announcement;
import io.walcast.connector.wire.SegmentKind;

/**
 * A segment of which Kafka has every record.
 *
 * @param run the segment alone; of a part of a snapshot that is not the last, the size is not known
 * @param kind what it is
 */
public record PublishedSegment(Announcement run, SegmentKind kind) {}
