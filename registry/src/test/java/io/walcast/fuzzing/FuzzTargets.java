package io.walcast.fuzzing;

import io.walcast.capture.CapturePositionTarget;
import io.walcast.capture.CapturedTargetTarget;
import io.walcast.checkpoint.ReplicaPositionTarget;
import io.walcast.io.TwoSlotFileTarget;
import io.walcast.segment.NamespaceTarget;
import io.walcast.segment.SegmentFileTarget;
import io.walcast.segment.SegmentNamesTarget;
import io.walcast.sqlite.DatabaseHeaderTarget;
import io.walcast.sqlite.WalIndexTarget;
import io.walcast.sqlite.WalTarget;
import io.walcast.testkit.fuzz.FuzzTarget;
import java.util.List;

/** Every decoder of the registry. */
final class FuzzTargets {

  static final List<Class<? extends FuzzTarget>> ALL =
      List.of(
          SegmentFileTarget.class,
          SegmentNamesTarget.class,
          NamespaceTarget.class,
          TwoSlotFileTarget.class,
          CapturePositionTarget.class,
          CapturedTargetTarget.class,
          ReplicaPositionTarget.class,
          DatabaseHeaderTarget.class,
          WalTarget.class,
          WalIndexTarget.class);

  private FuzzTargets() {}
}
