package io.walcast.storage;

import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import java.io.IOException;

/** Makes one segment durable, or finds that it is. Called for one segment of a namespace a time. */
@FunctionalInterface
interface SegmentWriter {
  void write(Namespace namespace, SealedSegment segment) throws IOException;
}
