package io.walcast.io;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Everything the registry asks of the world outside: files, directory syncs, clock, randomness,
 * UUIDs. Tests put faults here; nothing in Walcast goes around it.
 *
 * <p>Implementations are thread-safe. Failures of the file system are {@link IOException}s that
 * name the path; a full disk is a {@link DiskFullException}.
 */
public interface Io {

  /** How {@link #open} treats a file that is there, or is not. */
  enum OpenMode {
    /** Must exist; read only. */
    READ,
    /** Must exist; read and write. */
    READ_WRITE,
    /** Created if missing; read and write. */
    CREATE,
    /** Created if missing, emptied if not; read and write. */
    TRUNCATE
  }

  /** Opens a file; refuses a symbolic link. */
  StorageFile open(Path path, OpenMode mode) throws IOException;

  /** Whether something is at this path. */
  boolean exists(Path path);

  /** Identity and state of what is at this path, or {@code null} if nothing is. Opens nothing. */
  FileIdentity identity(Path path) throws IOException;

  /**
   * Something that is equal for the same file, whatever its content, and differs for two files that
   * exist at the same time; {@code null} if nothing is at this path. Cheaper than an identity.
   */
  default Object fileKey(Path path) throws IOException {
    FileIdentity found = identity(path);
    return found == null ? null : List.of(found.device(), found.inode());
  }

  /** Creates the directory and its missing parents. */
  void createDirectories(Path directory) throws IOException;

  /** The entries of a directory in name order. */
  List<Path> list(Path directory) throws IOException;

  /** Deletes a file if it is there. */
  void delete(Path path) throws IOException;

  /** Renames atomically, replacing the target. */
  void rename(Path from, Path to) throws IOException;

  /**
   * Gives {@code to}, which this process has just created, the permissions of {@code from}; when
   * root created it, owner and group too. So a program that may use the one may use the other.
   */
  void copyAccess(Path from, Path to) throws IOException;

  /**
   * Lets the owner write to a file, or takes the permission to write from everybody; whoever has it
   * open goes on. Nothing happens where it is so already, or where files have no permissions.
   */
  default void setWritable(Path path, boolean writable) throws IOException {}

  /** Makes creations, renames and deletions in a directory durable. */
  void syncDirectory(Path directory) throws IOException;

  /** Wall clock. */
  Instant now();

  /** Monotonic clock, in nanoseconds. */
  long nanoTime();

  /** A random number, fit for salts. */
  long randomLong();

  /** A new random UUID. */
  UUID randomUuid();

  /**
   * Names the present run of the operating system: what was written in the same run is there, even
   * if it was not synced. Where that cannot be known, each call gives another name.
   */
  default UUID bootId() {
    return randomUuid();
  }
}
