package io.walcast.connector.sink;

import io.walcast.registry.CheckpointTarget;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The database of a replica whose log starts anew with a snapshot: what it holds, and whether that
 * can be told at all, means nothing for the new log. Thread-safe if the database is.
 */
final class StartingTarget implements CheckpointTarget {

  private final CheckpointTarget database;

  StartingTarget(CheckpointTarget database) {
    this.database = database;
  }

  /** Nothing of the new log, which is asked only when the log is opened. */
  @Override
  public Optional<LogPosition> position() {
    return Optional.empty();
  }

  @Override
  public void fold(List<SealedSegment> run) throws IOException {
    database.fold(run);
  }

  @Override
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    database.readPage(pageNo, target);
  }

  @Override
  public void force() throws IOException {
    database.force();
  }

  @Override
  public void close() throws IOException {
    database.close();
  }
}
