package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.CheckpointTarget;
import io.walcast.segment.LogPosition;
import io.walcast.segment.SealedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** One handle on a folded database. It holds every fold against the model. */
final class SimulatedTarget implements CheckpointTarget {

  private final World world;
  private final FoldedDatabase database;
  private final SchedulingIo io;
  private final CheckpointTarget inner;
  private boolean closed;

  /** A database in memory, or a handle on one that nobody will use. */
  SimulatedTarget(World world, FoldedDatabase database) {
    this(world, database, new MemoryDatabase(world, database));
  }

  /** Any other. */
  SimulatedTarget(World world, FoldedDatabase database, CheckpointTarget inner) {
    this.world = world;
    this.database = database;
    this.io = world.io();
    this.inner = inner;
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public Optional<LogPosition> position() throws IOException {
    io.checkAlive();
    return inner.position();
  }

  /** What a new handle finds is what the last fold left, or one that was cut off or failed. */
  void checkPosition() throws IOException {
    LogPosition found = inner.position().orElse(null);
    boolean mayBeLost = !database.attempted.isEmpty() || database.position == null;
    check(
        found == null
            ? mayBeLost
            : found.equals(database.position) || database.attempted.contains(found),
        "%s: the database is at %s, it was folded up to %s",
        database.tenant,
        found,
        database.position);
    if (found != null) {
      database.position = found;
    }
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
    LogPosition end = run.get(run.size() - 1).end();
    database.attempted.add(end);
    inner.fold(run);
    checkAllowed(tenant, run);
    io.checkAlive();
    database.folded(end);
    world.scheduler.quietly(() -> checkIsTheModel(tenant));
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

  private void checkIsTheModel(Tenant tenant) throws IOException {
    DatabaseState state = tenant.history.at(frameNo());
    check(state != null, "%s: folded up to %d, inside a transaction", tenant, frameNo());
    check(
        state.sizePages() == database.position.sizePages(),
        "%s: folded %d pages, not %d",
        tenant,
        database.position.sizePages(),
        state.sizePages());
    ByteBuffer page = ByteBuffer.allocate(world.weather.pageSize());
    for (int pageNo : state.versions().keySet()) {
      inner.readPage(pageNo, page.clear());
      long version = PageContent.version(page.flip(), tenant + ", page " + pageNo + " folded");
      check(
          version == state.version(pageNo),
          "%s: page %d at frame %d was folded as version %d, not %d",
          tenant,
          pageNo,
          frameNo(),
          version,
          state.version(pageNo));
    }
  }

  private long frameNo() {
    return database.position.frameNo();
  }

  @Override
  public void readPage(int pageNo, ByteBuffer target) throws IOException {
    io.checkAlive();
    check(!closed, "%s: page %d read from a closed target", database.tenant, pageNo);
    inner.readPage(pageNo, target);
  }

  @Override
  public boolean recoversFromSegments() {
    return inner.recoversFromSegments();
  }

  @Override
  public void force() throws IOException {
    io.checkAlive();
    inner.force();
  }

  /** Also of a process that has died: the locks go with it. */
  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      world.closed(this);
      inner.close();
    }
  }
}
