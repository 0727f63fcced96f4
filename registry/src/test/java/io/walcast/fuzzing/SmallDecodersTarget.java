package io.walcast.fuzzing;

import io.walcast.testkit.fuzz.AnyOf;

/** Names, positions and the database header. */
final class SmallDecodersTarget extends AnyOf {

  SmallDecodersTarget() throws ReflectiveOperationException {
    super(FuzzTargets.SMALL);
  }
}
