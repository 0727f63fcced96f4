package io.walcast.connector.fuzzing;

import io.walcast.testkit.fuzz.AnyOf;

/** A record: its key and its value. */
final class RecordTarget extends AnyOf {

  RecordTarget() throws ReflectiveOperationException {
    super(FuzzTargets.RECORD);
  }
}
