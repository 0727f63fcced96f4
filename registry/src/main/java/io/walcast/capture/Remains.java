package io.walcast.capture;

import io.walcast.io.Io;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What was captured of a database that is gone: gives storage what it does not have yet, and can
 * then forget it all. Nothing of the database itself is opened.
 *
 * <p>The {@link DatabaseCapture} of the database must be closed, and this before there is another.
 * Used by one thread.
 */
public final class Remains implements Closeable {

  private final Namespace namespace;
  private final Path database;
  private final Path stateDirectory;
  private final WalRegistry registry;
  private final Io io;
  private final CaptureOptions options;

  private CaptureOwnership ownership;
  private CaptureLog log; // null: nothing was captured, or it is not open
  private DeletedLog ended; // what the log will be, or is, once it is forgotten

  /**
   * Opens nothing yet.
   *
   * @param database the path that it was at
   * @param stateDirectory of this namespace alone
   */
  public Remains(
      Namespace namespace,
      Path database,
      Path stateDirectory,
      WalRegistry registry,
      Io io,
      CaptureOptions options) {
    this.namespace = namespace;
    this.database = database;
    this.stateDirectory = stateDirectory;
    this.registry = registry;
    this.io = io;
    this.options = options;
  }

  /**
   * Opens the log, with the first call: what storage lacks is given to it.
   *
   * @return whether storage has all of it
   * @throws IOException if it cannot be opened; it may be tried again
   */
  public boolean areStored() throws IOException {
    if (ownership == null) {
      ownership = CaptureOwnership.take(io, namespace, database, stateDirectory);
    }
    if (log == null) {
      open();
    }
    return log == null || log.isStored();
  }

  private void open() throws IOException {
    Optional<CapturePosition> known;
    try (PositionFile file = new PositionFile(io, stateDirectory)) {
      known = file.read();
    }
    Optional<DeletedLog> before = DeletedLog.read(io, stateDirectory);
    if (known.isEmpty() || before.isPresent()) {
      ended = before.orElse(null);
      return;
    }
    CaptureLog opened = new CaptureLog(namespace, stateDirectory, registry, io, options);
    boolean isOpen = false;
    try {
      opened.open(known.get().pageSize());
      isOpen = true;
    } finally {
      if (!isOpen) {
        opened.close();
      }
    }
    log = opened;
    ended = log.wal().map(wal -> new DeletedLog(wal.logId(), wal.epoch())).orElseThrow();
  }

  /** Whether there is, or was, a log. Known once they {@link #areStored}. */
  public boolean areOfALog() {
    return ended != null;
  }

  /**
   * Forgets all that was captured, but for what it was. A crash in between leaves that it is to be
   * forgotten, and {@link #areOfALog} then leads here again.
   *
   * @return what it was
   */
  public DeletedLog forget() throws IOException {
    ended.write(io, stateDirectory); // first: nobody may go on from what is left of the log
    closeLog();
    DeletedLog.clear(io, stateDirectory);
    return ended;
  }

  private void closeLog() throws IOException {
    CaptureLog open = log;
    log = null;
    if (open != null) {
      try {
        open.close();
      } finally {
        registry.remove(namespace);
      }
    }
  }

  /** Lets go of everything; what is there stays as it is. */
  @Override
  public void close() throws IOException {
    try {
      closeLog();
    } finally {
      CaptureOwnership owned = ownership;
      ownership = null;
      if (owned != null) {
        owned.close();
      }
    }
  }
}
