package io.walcast.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * At most one owner of a database's files in this process.
 *
 * <p>POSIX locks belong to the process and die with the first close of any descriptor of the file,
 * whoever opened it. So a second capturer or applier must be refused <em>before</em> it opens
 * anything. Connect gives each plugin directory its own class loader, so the table of owners hangs
 * on the system properties, the one map that all class loaders share.
 *
 * <p>Thread-safe. Keyed by path: the directory is resolved through symbolic links, the file name is
 * taken as it is.
 */
public final class FileOwnership implements AutoCloseable {

  private static final String TABLE = "io.walcast.io.FileOwnership";

  private final Path path;
  private final String owner;

  private FileOwnership(Path path, String owner) {
    this.path = path;
    this.owner = owner;
  }

  /**
   * Claims the files of a database.
   *
   * @param database path of the database file, which need not exist; its directory must
   * @param owner who claims it, for the message that a second claimant gets
   * @throws FileOwnedException if somebody in this process has claimed it
   */
  public static FileOwnership claim(Path database, String owner) throws IOException {
    Path directory = database.toAbsolutePath().getParent();
    Path key = directory.toRealPath().resolve(database.getFileName());
    String holder = table().putIfAbsent(key.toString(), owner);
    if (holder != null) {
      throw new FileOwnedException(key + " is already used in this process by " + holder);
    }
    return new FileOwnership(key, owner);
  }

  @SuppressWarnings("unchecked") // nothing else uses this property
  private static ConcurrentMap<String, String> table() {
    return (ConcurrentMap<String, String>)
        System.getProperties()
            .computeIfAbsent(TABLE, name -> new ConcurrentHashMap<String, String>());
  }

  /** Gives the claim up; call it after the last file is closed. */
  @Override
  public void close() {
    table().remove(path.toString(), owner);
  }
}
