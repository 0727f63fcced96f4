package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.sqlite.LiveOptions;
import io.walcast.sqlite.PageSource;
import io.walcast.sqlite.ReplicaDatabase;
import io.walcast.sqlite.ReplicaJournal;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the database of a replica is, and how it is opened and made. Thread-safe. */
final class ReplicaFile {

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaFile.class);

  private final Io io;
  private final Path path;
  private final LiveOptions options;
  private final ReplicaJournal journal;
  private final boolean protect;

  ReplicaFile(Io io, Path path, LiveOptions options, ReplicaJournal journal, boolean protect) {
    this.io = io;
    this.path = path;
    this.options = options;
    this.journal = journal;
    this.protect = protect;
  }

  /** Needs the permission to write only for the moment of opening. */
  ReplicaDatabase open() throws IOException {
    io.setWritable(path, true);
    try {
      return journal.open(io, path, options);
    } finally {
      if (protect) {
        try {
          io.setWritable(path, false);
        } catch (IOException e) {
          LOG.warn("{}: cannot be protected from writers", path, e);
        }
      }
    }
  }

  /** Puts a new database in place; nobody has the old one open here. */
  void create(PageSource pages, int pageSize, int sizePages, int changeCounter) throws IOException {
    journal.create(io, path, pages, pageSize, sizePages, changeCounter);
  }
}
