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
import java.util.stream.Stream;

/** Every decoder of the registry. */
final class FuzzTargets {

  static final List<Class<? extends FuzzTarget>> SMALL =
      List.of(
          SegmentNamesTarget.class,
          NamespaceTarget.class,
          TwoSlotFileTarget.class,
          CapturePositionTarget.class,
          CapturedTargetTarget.class,
          ReplicaPositionTarget.class,
          DatabaseHeaderTarget.class);

  private static final List<Class<? extends FuzzTarget>> LARGE =
      List.of(SegmentFileTarget.class, WalTarget.class, WalIndexTarget.class);

  /** Each by itself. */
  static final List<Class<? extends FuzzTarget>> ALL =
      Stream.of(LARGE, SMALL).<Class<? extends FuzzTarget>>flatMap(List::stream).toList();

  /** As Jazzer runs them. */
  static final List<Class<? extends FuzzTarget>> RUNS =
      Stream.concat(LARGE.stream(), Stream.of(SmallDecodersTarget.class))
          .<Class<? extends FuzzTarget>>map(target -> target)
          .toList();

  private FuzzTargets() {}
}
