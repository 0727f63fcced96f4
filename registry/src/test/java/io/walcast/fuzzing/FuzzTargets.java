package io.walcast.fuzzing;

import io.walcast.segment.SegmentFileTarget;
import io.walcast.testkit.fuzz.FuzzTarget;
import java.util.List;

/** Every decoder of the registry. */
final class FuzzTargets {

  static final List<Class<? extends FuzzTarget>> ALL = List.of(SegmentFileTarget.class);

  private FuzzTargets() {}
}
