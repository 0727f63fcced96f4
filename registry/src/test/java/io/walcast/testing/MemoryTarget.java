package io.walcast.testing;

import io.walcast.registry.CheckpointTarget;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A database in memory that survives being closed, and fails on demand. */
public final class MemoryTarget implements CheckpointTarget {

  private final Map<Integer, byte[]> pages = new HashMap<>();
  private final List<Integer> runLengths = new ArrayList<>();
  private LogPosition position;
  private int failures;
  private int closes;
  private Runnable beforeFold = () -> {};

  /** Lets the next folds fail. */
  public synchronized void failFolds(int count) {
    failures = count;
  }

  /** Run at the start of each fold, outside any lock. */
  public synchronized void beforeFold(Runnable action) {
    beforeFold = action;
  }

  /** Starts from a position. */
  public synchronized void startAt(LogPosition start) {
    position = start;
  }

  /** How many segments each fold had. */
  public synchronized List<Integer> runLengths() {
    return List.copyOf(runLengths);
  }

  /** How often it was closed. */
  public synchronized int closes() {
    return closes;
  }

  @Override
  public synchronized Optional<LogPosition> position() {
    return Optional.ofNullable(position);
  }

  @Override
  public void fold(List<SealedSegment> run) throws IOException {
    Runnable action;
    synchronized (this) {
      action = beforeFold;
    }
    action.run();
    synchronized (this) {
      if (failures > 0) {
        failures--;
        throw new IOException("injected: fold");
      }
      Map<Integer, byte[]> folded = new HashMap<>(); // all or nothing: reading may fail
      for (SealedSegment segment : run) {
        for (int i = 0; i < segment.pageCount(); i++) {
          ByteBuffer page = ByteBuffer.allocate(segment.pageSize());
          segment.readPage(i, page);
          folded.put(segment.pageNo(i), page.array());
        }
      }
      pages.putAll(folded);
      position = run.get(run.size() - 1).end();
      runLengths.add(run.size());
    }
  }

  @Override
  public synchronized void readPage(int pageNo, ByteBuffer target) throws IOException {
    byte[] page = pages.get(pageNo);
    if (page == null) {
      throw new IOException("no page " + pageNo);
    }
    target.put(page);
  }

  @Override
  public void force() {
    // memory
  }

  @Override
  public synchronized void close() {
    closes++;
  }
}
