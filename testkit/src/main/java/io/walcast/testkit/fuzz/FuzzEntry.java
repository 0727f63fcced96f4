package io.walcast.testkit.fuzz;

import java.lang.reflect.Constructor;

/** What Jazzer calls in the child JVM: passes inputs on to the {@link FuzzTarget} it was told. */
public final class FuzzEntry {

  private static FuzzTarget target;

  private FuzzEntry() {}

  /** Called by Jazzer once, with the name of the target's class. */
  public static void fuzzerInitialize(String[] args) throws ReflectiveOperationException {
    target = make(Class.forName(args[0]));
  }

  /** Called by Jazzer with each input. */
  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    target.accept(input);
  }

  static FuzzTarget make(Class<?> type) throws ReflectiveOperationException {
    Constructor<?> constructor = type.getDeclaredConstructor();
    constructor.setAccessible(true);
    return (FuzzTarget) constructor.newInstance();
  }
}
