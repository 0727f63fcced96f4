package io.walcast.testing;

import io.walcast.io.DiskFullException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Decides which operation of a simulated disk fails, and how. Guarded by its disk. */
final class DiskFaults {

  private Set<DiskOperation> kinds = DiskOperation.CHANGES;
  private long counted;
  private long failFrom = Long.MAX_VALUE;
  private long failUntil;
  private boolean full;
  private boolean powerCut; // whether the failure is to be the machine's last
  private boolean off;
  private long failures;

  void failFrom(Set<DiskOperation> which, long n, long count, boolean diskFull) {
    arm(which, n, diskFull, false);
    failUntil = count == Long.MAX_VALUE ? Long.MAX_VALUE : failFrom + count;
  }

  void cutPowerAt(Set<DiskOperation> which, long n) {
    arm(which, n, false, true);
    failUntil = Long.MAX_VALUE;
  }

  private void arm(Set<DiskOperation> which, long n, boolean diskFull, boolean lastOne) {
    kinds = which;
    counted = 0;
    failFrom = n;
    full = diskFull;
    powerCut = lastOne;
    failures = 0;
  }

  /** Lets nothing fail any more; returns whether anything did since it was armed. */
  boolean heal() {
    failFrom = Long.MAX_VALUE;
    off = false;
    boolean any = failures > 0;
    failures = 0;
    return any;
  }

  boolean isOff() {
    return off;
  }

  long failures() {
    return failures;
  }

  long counted() {
    return counted;
  }

  /** Counts an operation; returns its failure, or {@code null}. */
  IOException next(DiskOperation operation, Path path) {
    if (off) {
      return new IOException("injected: power is off, " + operation + " " + path);
    }
    if (!kinds.contains(operation)) {
      return null;
    }
    counted++;
    if (counted < failFrom || counted >= failUntil) {
      return null;
    }
    failures++;
    off = powerCut;
    String message = "injected: " + operation + " " + path;
    return full && (operation == DiskOperation.WRITE || operation == DiskOperation.CREATE)
        ? new DiskFullException(message, null)
        : new IOException(message);
  }
}
