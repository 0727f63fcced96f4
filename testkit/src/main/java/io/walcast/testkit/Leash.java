package io.walcast.testkit;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * Runs another main class, and halts the JVM when standard input ends. The parent holds the other
 * end of that pipe, so the child cannot outlive a parent that was killed.
 */
final class Leash {
  private Leash() {}

  /** The first argument is the main class, the others are its arguments. */
  public static void main(String[] args) throws Exception {
    Thread watcher = new Thread(Leash::haltAtEndOfInput, "walcast-leash");
    watcher.setDaemon(true);
    watcher.start();
    try {
      Class.forName(args[0])
          .getMethod("main", String[].class)
          .invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
    } catch (InvocationTargetException e) {
      e.getCause().printStackTrace();
      System.exit(1);
    }
  }

  private static void haltAtEndOfInput() {
    try {
      System.in.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      e.printStackTrace();
    }
    Runtime.getRuntime().halt(137);
  }
}
