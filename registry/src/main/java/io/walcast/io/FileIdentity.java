package io.walcast.io;

import java.time.Instant;

/**
 * What tells one file from another and one state of it from the next.
 *
 * @param device device number
 * @param inode inode number; can be used again once the file is deleted and closed by all
 * @param sizeBytes length in bytes
 * @param modified last modification of the content
 * @param changed last change of the inode
 */
public record FileIdentity(
    long device, long inode, long sizeBytes, Instant modified, Instant changed) {

  /** Whether both are the same file, whatever its content. */
  public boolean sameFile(FileIdentity other) {
    return other != null && device == other.device && inode == other.inode;
  }
}
