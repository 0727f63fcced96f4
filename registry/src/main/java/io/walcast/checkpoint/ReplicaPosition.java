package io.walcast.checkpoint;

import io.walcast.io.Io;
import io.walcast.io.TwoSlotFile;
import io.walcast.sqlite.ReplicaDatabase;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * Finds out from the change counter of a replica which frame it is at. The counter changes in the
 * same transaction as the pages, so this is exact after a kill at any instant; the file is written
 * only when the counters get a new meaning, and before the first fold that uses it.
 *
 * <p>The record holds two anchors of {@value PositionAnchor#LENGTH} bytes, the one to come and the
 * one before: which is in force is told by the counter. So a fold that was prepared and never
 * applied, however often, does not lose the anchor that still holds.
 *
 * <p>Used by one thread at a time.
 */
final class ReplicaPosition implements Closeable {

  /** Half a stride: off the grid of the anchor before, and far from what a foreign write adds. */
  private static final int OFF_GRID = PositionAnchor.STRIDE / 2;

  private final TwoSlotFile file;
  private PositionAnchor newest; // null: not read, or perhaps not as written
  private PositionAnchor before;

  ReplicaPosition(Io io, Path path) {
    this.file = new TwoSlotFile(io, path, 2 * PositionAnchor.LENGTH);
  }

  /** The anchor that fits a database's change counter; empty if none does. */
  Optional<PositionAnchor> inForce(int counter) throws IOException {
    if (newest == null) {
      byte[] payload = file.read();
      if (payload == null) {
        return Optional.empty();
      }
      ByteBuffer in = ByteBuffer.wrap(payload);
      newest = PositionAnchor.decode(in);
      before = PositionAnchor.decode(in);
    }
    if (newest.frameNoAt(counter).isPresent()) {
      return Optional.of(newest);
    }
    return Optional.of(before).filter(anchor -> anchor.frameNoAt(counter).isPresent());
  }

  /** The counter that a fold has to give a database; where no anchor covers it, prepares one. */
  int counterFor(FoldRun run, ReplicaDatabase database) throws IOException {
    int present = database.changeCounter();
    OptionalInt known = knownCounterFor(run.logId(), run.epoch(), run.lastFrameNo(), present);
    if (known.isPresent()) {
      return known.getAsInt();
    }
    database.force(); // a power cut must not lead back to an anchor that is about to be forgotten
    return anchor(run.logId(), run.epoch(), run.lastFrameNo(), present);
  }

  /**
   * The counter that a fold has to give the database, if an anchor in force covers it.
   *
   * @param present the database's counter now
   */
  OptionalInt knownCounterFor(UUID logId, int epoch, long lastFrameNo, int present)
      throws IOException {
    Optional<PositionAnchor> now =
        inForce(present).filter(anchor -> anchor.covers(logId, epoch, lastFrameNo));
    return now.isPresent() ? OptionalInt.of(now.get().counterAt(lastFrameNo)) : OptionalInt.empty();
  }

  /**
   * Prepares an anchor for a fold, durably, and returns the counter that the fold has to give the
   * database. What the database holds must be durable already: the anchors of earlier folds than
   * the last one are forgotten.
   *
   * @param present the database's counter now
   */
  int anchor(UUID logId, int epoch, long lastFrameNo, int present) throws IOException {
    PositionAnchor now = inForce(present).orElse(PositionAnchor.nothingAt(present));
    PositionAnchor next = new PositionAnchor(logId, epoch, lastFrameNo, present + OFF_GRID);
    write(next, now);
    return next.counter();
  }

  private void write(PositionAnchor next, PositionAnchor now) throws IOException {
    ByteBuffer payload = ByteBuffer.allocate(2 * PositionAnchor.LENGTH);
    next.encode(payload);
    now.encode(payload);
    newest = null;
    file.write(payload.flip(), true);
    newest = next;
    before = now;
  }

  Path path() {
    return file.path();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
