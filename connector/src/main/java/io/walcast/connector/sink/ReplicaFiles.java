package io.walcast.connector.sink;

import io.walcast.checkpoint.LiveTarget;
import io.walcast.checkpoint.StagedPages;
import io.walcast.io.FileOwnership;
import io.walcast.io.Io;
import io.walcast.segment.Namespace;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.ReplicaJournal;
import java.io.IOException;
import java.nio.file.Path;

/** The files of one replica. Used by the task's thread only. */
final class ReplicaFiles {

  private final Io io;
  private final ReplicaDirectory directory;
  private final Namespace namespace;
  private final LiveOptions options;
  private final ReplicaJournal journal;
  private final boolean protect;

  ReplicaFiles(
      Io io,
      ReplicaDirectory directory,
      Namespace namespace,
      LiveOptions options,
      ReplicaJournal journal,
      boolean protect) {
    this.journal = journal;
    this.protect = protect;
    this.io = io;
    this.directory = directory;
    this.namespace = namespace;
    this.options = options;
  }

  /** The database, taken over; it need not exist. */
  LiveTarget database() throws IOException {
    return new LiveTarget(
        io, directory.database(namespace), positionFile(), options, journal, protect);
  }

  private Path positionFile() throws IOException {
    return directory.state(namespace).resolve(".position");
  }

  /** Whether it is quarantined. */
  QuarantineMark quarantine() throws IOException {
    return new QuarantineMark(io, directory.state(namespace).resolve(".quarantine"));
  }

  /** Where the log of the replica came from. */
  OriginMark origin() throws IOException {
    return new OriginMark(io, directory.state(namespace).resolve(".origin"));
  }

  private Path walDirectory() throws IOException {
    return directory.state(namespace).resolve(".wal");
  }

  /** Where pages wait to be folded that the memory does not take. */
  Path spill() throws IOException {
    return walDirectory().resolve("pages");
  }

  /** Where the parts of a snapshot wait for the last one. */
  StagedPages stage(SegmentId first) throws IOException {
    String name = Integer.toUnsignedString(first.epoch()) + "-" + first.startFrameNo();
    return new StagedPages(io, partsDirectory().resolve(name), first.pageSize());
  }

  private Path partsDirectory() throws IOException {
    return directory.state(namespace).resolve(".parts");
  }

  /** Removes parts of snapshots that an earlier life left behind. */
  void clearParts() throws IOException {
    clear(partsDirectory());
  }

  /**
   * Removes the pages that an earlier life left behind. They are a cache: no offset at or above
   * their records was committed before they were folded, so Kafka hands them out again. So nothing
   * that a crash may have done to them matters. The database must be {@linkplain #database taken
   * over}, its log closed.
   */
  void clearSegments() throws IOException {
    clear(walDirectory());
  }

  private void clear(Path cache) throws IOException {
    if (io.exists(cache)) {
      for (Path file : io.list(cache)) {
        io.delete(file);
      }
    }
  }

  /** Deletes it all, the database before what could be taken for a part of it. */
  void delete() throws IOException {
    Path database = directory.database(namespace);
    FileOwnership ownership = FileOwnership.claim(database, "the deletion of " + namespace);
    try {
      for (String suffix : new String[] {"", "-wal", "-shm"}) {
        io.delete(database.resolveSibling(database.getFileName() + suffix));
      }
      io.syncDirectory(database.getParent());
      io.delete(positionFile());
      io.delete(directory.state(namespace).resolve(LiveTarget.CHECKSUM_FILE));
      quarantine().delete();
      origin().delete();
      clearSegments();
      clearParts();
    } finally {
      ownership.close();
    }
  }
}
