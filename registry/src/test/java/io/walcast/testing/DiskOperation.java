package io.walcast.testing;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** What can fail on a {@link SimulatedIo}. */
public enum DiskOperation {
  CREATE,
  WRITE,
  TRUNCATE,
  SYNC,
  SYNC_DIRECTORY,
  RENAME,
  DELETE,
  READ;

  /** All that change something. */
  public static final Set<DiskOperation> CHANGES =
      Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(READ)));
}
