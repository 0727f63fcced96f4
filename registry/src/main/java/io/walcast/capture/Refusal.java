package io.walcast.capture;

import io.walcast.io.DiskFullException;
import io.walcast.io.FileOwnedException;
import io.walcast.sqlite.DatabaseLockedException;
import io.walcast.sqlite.NotADatabaseException;
import io.walcast.sqlite.NotWalModeException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;

/** Why a database is not captured. */
public enum Refusal {
  /** It uses a rollback journal. */
  NOT_WAL_MODE,
  /** The file is something else. */
  NOT_A_DATABASE,
  /** Another connection holds it exclusively. */
  EXCLUSIVELY_LOCKED,
  /** Permissions forbid it. */
  UNREADABLE,
  /** Another capturer, in this process or another, has it. */
  OWNED_BY_ANOTHER,
  /** No space is left for what is captured. */
  DISK_FULL,
  /** Reading it, or writing what was captured, failed. */
  FAILED;

  static Refusal of(IOException cause) {
    if (cause instanceof NotWalModeException) {
      return NOT_WAL_MODE;
    } else if (cause instanceof NotADatabaseException) {
      return NOT_A_DATABASE;
    } else if (cause instanceof DatabaseLockedException) {
      return EXCLUSIVELY_LOCKED;
    } else if (cause instanceof AccessDeniedException) {
      return UNREADABLE;
    } else if (cause instanceof FileOwnedException || cause instanceof StateOwnedException) {
      return OWNED_BY_ANOTHER;
    }
    return cause instanceof DiskFullException ? DISK_FULL : FAILED;
  }
}
