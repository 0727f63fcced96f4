package io.walcast.sqlite;

import java.io.IOException;
import java.nio.file.Path;

/** A frame of a write-ahead log is not the one that the frames before it lead to. */
public final class WalDamagedException extends IOException {

  /** Names the file, the frame (from 1), its offset in bytes, and what is wrong. */
  public WalDamagedException(Path wal, int frame, long offset, String what) {
    super(wal + ": frame " + frame + " at offset " + offset + " " + what);
  }
}
