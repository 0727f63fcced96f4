package io.walcast.simulation;

import io.walcast.registry.CheckpointTarget;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A target that loses nothing. */
final class MemoryDatabase implements CheckpointTarget {

  private final World world;
  private final FoldedDatabase database;
  private final SchedulingIo io;

  MemoryDatabase(World world, FoldedDatabase database) {
    this.world = world;
    this.database = database;
    this.io = world.io();
  }

  @Override
  public Optional<LogPosition> position() {
    return Optional.ofNullable(database.position);
  }

  @Override
  public void fold(List<SealedSegment> run) throws IOException {
    Map<Integer, Long> folded = new HashMap<>();
    ByteBuffer page = ByteBuffer.allocate(run.get(0).pageSize());
    for (SealedSegment segment : run) {
      for (int i = 0; i < segment.pageCount(); i++) {
        segment.readPage(i, page.clear());
        folded.put(segment.pageNo(i), PageContent.version(page.flip(), segment + " in a fold"));
      }
    }
    io.checkAlive();
    database.versions.putAll(folded);
  }

  @Override
  public void readPage(int pageNo, ByteBuffer target) {
    target.put(PageContent.of(world.weather.pageSize(), database.version(pageNo)));
  }

  @Override
  public void force() {
    // it loses nothing
  }

  @Override
  public void close() {
    // nothing is open
  }
}
