package io.walcast.io;

import java.io.IOException;

/** No space is left on the device of the named file. Nothing that was reported written is lost. */
public final class DiskFullException extends IOException {

  /** Names the file and what was being done. */
  public DiskFullException(String message, Throwable cause) {
    super(message, cause);
  }
}
