package io.walcast.connector.fuzzing;

import io.walcast.connector.sink.ArrivingFramesTarget;
import io.walcast.connector.sink.RecordKeyTarget;
import io.walcast.connector.wire.FrameRecordTarget;
import io.walcast.testkit.fuzz.FuzzTarget;
import java.util.List;

/** Every decoder of the connector. */
final class FuzzTargets {

  static final List<Class<? extends FuzzTarget>> RECORD =
      List.of(FrameRecordTarget.class, RecordKeyTarget.class);

  /** Each by itself. */
  static final List<Class<? extends FuzzTarget>> ALL =
      List.of(FrameRecordTarget.class, RecordKeyTarget.class, ArrivingFramesTarget.class);

  /** As Jazzer runs them. */
  static final List<Class<? extends FuzzTarget>> RUNS =
      List.of(RecordTarget.class, ArrivingFramesTarget.class);

  private FuzzTargets() {}
}
