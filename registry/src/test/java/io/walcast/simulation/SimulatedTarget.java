package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.CheckpointTarget;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One handle on a folded database. It holds every fold against the model. */
final class SimulatedTarget implements CheckpointTarget {

  private final World world;
  private final FoldedDatabase database;
  private final SchedulingIo io;
  private boolean closed;

  SimulatedTarget(World world, FoldedDatabase database) {
    this.world = world;
    this.database = database;
    this.io = world.io();
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public Optional<LogPosition> position() throws IOException {
    io.checkAlive();
    return Optional.ofNullable(database.position);
  }

  @Override
  public void fold(List<SealedSegment> run) throws IOException {
    Tenant tenant = database.tenant;
    check(!closed, "%s: a fold into a closed target", tenant);
    checkAllowed(tenant, run);
    if (tenant.isOpen()) {
      tenant.checkpointed(tenant.foldedFrameNo()); // the fold before this one is over
    }
    io.mayFail("fold into " + tenant);
    Map<Integer, Long> folded = new HashMap<>();
    ByteBuffer page = ByteBuffer.allocate(run.get(0).pageSize());
    for (SealedSegment segment : run) {
      for (int i = 0; i < segment.pageCount(); i++) {
        segment.readPage(i, page.clear());
        folded.put(segment.pageNo(i), PageContent.version(page.flip(), segment + " in a fold"));
      }
    }
    checkAllowed(tenant, run);
    io.checkAlive();
    database.versions.putAll(folded);
    database.position = run.get(run.size() - 1).end();
    checkIsTheModel(tenant);
    world.scheduler.interlude();
  }

  private void checkAllowed(Tenant tenant, List<SealedSegment> run) {
    long next = database.position == null ? run.get(0).startFrameNo() : frameNo() + 1;
    long end = run.get(run.size() - 1).lastFrameNo();
    for (SealedSegment segment : run) {
      check(segment.startFrameNo() == next, "%s: %s folded at %d", tenant, segment, next);
      next = segment.lastFrameNo() + 1;
    }
    long durable = world.storage.durableTruth(tenant);
    check(end <= durable, "%s: fold up to %d, durable is %d", tenant, end, durable);
    for (OpenReader reader : tenant.readers) {
      check(
          reader.wal != tenant.wal || reader.expected.frameNo() >= end,
          "%s: fold up to %d under a reader at %d",
          tenant,
          end,
          reader.expected.frameNo());
    }
  }

  private void checkIsTheModel(Tenant tenant) {
    DatabaseState state = tenant.history.at(frameNo());
    check(state != null, "%s: folded up to %d, inside a transaction", tenant, frameNo());
    check(
        state.sizePages() == database.position.sizePages(),
        "%s: folded %d pages, not %d",
        tenant,
        database.position.sizePages(),
        state.sizePages());
    state
        .versions()
        .forEach(
            (pageNo, version) ->
                check(
                    database.version(pageNo) == version,
                    "%s: page %d at frame %d was folded as version %d, not %d",
                    tenant,
                    pageNo,
                    frameNo(),
                    database.version(pageNo),
                    version));
  }

  private long frameNo() {
    return database.position.frameNo();
  }

  @Override
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    io.checkAlive();
    check(!closed, "%s: page %d read from a closed target", database.tenant, pageNo);
    target.put(PageContent.of(world.weather.pageSize(), database.version(pageNo)));
  }

  @Override
  public void force() throws IOException {
    io.checkAlive();
  }

  @Override
  public void close() {
    closed = true;
  }
}
