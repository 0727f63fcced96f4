package io.walcast.connector.sink;

import io.walcast.checkpoint.LiveTarget;
import io.walcast.checkpoint.StagedPages;
import io.walcast.registry.CheckpointTarget;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The database of a replica whose log starts with the last part of a snapshot: the first fold has
 * the pages of the other parts under it. Folds are done one after the other; all else is
 * thread-safe.
 */
final class PartsTarget implements CheckpointTarget {

  private final LiveTarget database;
  private StagedPages parts; // null: they are folded

  PartsTarget(LiveTarget database, StagedPages parts) {
    this.database = database;
    this.parts = parts;
  }

  @Override
  public Optional<LogPosition> position() throws IOException {
    return database.position();
  }

  @Override
  public synchronized void fold(List<SealedSegment> run) throws IOException {
    if (parts == null) {
      database.fold(run);
      return;
    }
    database.fold(run, parts);
    StagedPages folded = parts;
    parts = null;
    folded.close();
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
