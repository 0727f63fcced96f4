package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.SharedWal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** What must hold after each step, whatever else is running. */
final class Invariants {

  private final World world;

  Invariants(World world) {
    this.world = world;
  }

  /**
   * Checks everything.
   *
   * @param top whether no other step is running
   */
  void checkAll(boolean top) throws IOException {
    world.scheduler.quietly(
        () -> {
          for (Tenant tenant : world.tenants) {
            if (tenant.isOpen()) {
              checkNumbers(tenant);
              checkSnapshots(tenant);
              if (top && tenant.isIdle()) {
                checkFiles(tenant);
              }
            }
          }
        });
  }

  private void checkNumbers(Tenant tenant) {
    SharedWal wal = tenant.wal;
    tenant.observe();
    DatabaseState state = tenant.history.committed();
    check(
        wal.lastCommittedFrameNo() == state.frameNo() && wal.sizePages() == state.sizePages(),
        "%s: frame %d, %d pages are committed, the model has frame %d, %d pages",
        tenant,
        wal.lastCommittedFrameNo(),
        wal.sizePages(),
        state.frameNo(),
        state.sizePages());
    check(
        tenant.toldFrameNo == state.frameNo(),
        "%s: told of frame %d, committed is %d",
        tenant,
        tenant.toldFrameNo,
        state.frameNo());
    long durable = wal.durableFrameNo();
    check(durable >= tenant.durableFrameNo, "%s: durable went back to %d", tenant, durable);
    check(
        durable <= world.storage.durableTruth(tenant),
        "%s: frame %d counts as durable, it is only up to %d",
        tenant,
        durable,
        world.storage.durableTruth(tenant));
    check(
        durable <= wal.lastCommittedFrameNo(),
        "%s: frame %d counts as durable, and %d is the last one",
        tenant,
        durable,
        wal.lastCommittedFrameNo());
    tenant.durableFrameNo = durable;
    long checkpointed = wal.checkpointedFrameNo();
    check(
        checkpointed == tenant.checkpointedFrameNo
            || (!tenant.isFree(Tenant.Lock.CHECKPOINT) && checkpointed == tenant.foldedFrameNo()),
        "%s: checkpointed is %d, the model has %d, the database %d",
        tenant,
        checkpointed,
        tenant.checkpointedFrameNo,
        tenant.foldedFrameNo());
    check(
        checkpointed >= tenant.checkpointedFrameNo && checkpointed <= durable,
        "%s: checkpointed is %d, was %d, durable %d",
        tenant,
        checkpointed,
        tenant.checkpointedFrameNo,
        durable);
    if (checkpointed > tenant.checkpointedFrameNo) {
      tenant.checkpointed(checkpointed);
    }
    if (tenant.isIdle()) {
      check(
          wal.tailLength() == tenant.tail.size(),
          "%s: a tail of %d, the model has %d",
          tenant,
          wal.tailLength(),
          tenant.tail.size());
    }
  }

  private void checkSnapshots(Tenant tenant) throws IOException {
    for (OpenReader reader : tenant.readers) {
      if (reader.isCurrent()) {
        if (world.dice.oneIn(4)) {
          reader.checkAll(world.weather.lockBytePage());
        } else {
          checkOnePage(reader);
        }
      }
    }
    if (world.dice.oneIn(3)) {
      DatabaseState newest = tenant.history.committed();
      OpenReader fresh = new OpenReader(tenant, tenant.wal, tenant.wal.beginRead(), newest);
      fresh.checkAll(world.weather.lockBytePage());
      fresh.snapshot.close();
    }
  }

  private void checkOnePage(OpenReader reader) throws IOException {
    int size = reader.expected.sizePages();
    if (size > 0) {
      int pageNo = world.dice.between(1, size);
      if (pageNo != world.weather.lockBytePage()) {
        reader.checkPage(pageNo);
      }
    }
  }

  private void checkFiles(Tenant tenant) throws IOException {
    Set<Path> found = new TreeSet<>(world.disk.list(tenant.directory));
    Set<Path> known = tenant.files();
    check(found.containsAll(known), "%s: files %s, known %s", tenant, found, known);
    found.removeAll(known);
    found.removeAll(tenant.strays);
    check(found.isEmpty(), "%s: stray files %s", tenant, found);
    long bytes = 0;
    for (Path file : known) {
      bytes += world.disk.identity(file).sizeBytes();
    }
    check(
        tenant.wal.sizeBytes() == bytes || tenant.mayRefuseWrites,
        "%s: %d bytes, not %d",
        tenant,
        tenant.wal.sizeBytes(),
        bytes);
  }

  /** Before a file goes: nobody may need it. */
  void checkMayBeDeleted(Path path) {
    for (Tenant tenant : world.tenants) {
      if (tenant.directory.equals(path.getParent())) {
        if (tenant.isOpen()) {
          tenant.observe();
        }
        for (Tenant.Sealed segment : tenant.tail) {
          if (tenant.file(segment.startFrameNo()).equals(path)) {
            checkMayBeDeleted(tenant, segment);
          }
        }
        boolean current = tenant.file(tenant.currentStart).equals(path);
        check(
            !current
                || !tenant.isOpen()
                || tenant.history.committed().frameNo() < tenant.currentStart,
            "%s: the current segment is deleted",
            tenant);
      }
    }
  }

  private static void checkMayBeDeleted(Tenant tenant, Tenant.Sealed segment) {
    boolean lost = !tenant.isOpen() && segment.endFrameNo() > tenant.mustReach;
    check(
        segment.endFrameNo() <= tenant.foldedFrameNo() || lost,
        "%s: %s is deleted, folded is %d",
        tenant,
        segment,
        tenant.foldedFrameNo());
    for (OpenReader reader : tenant.readers) {
      check(
          !reader.isCurrent() || reader.expected.frameNo() >= segment.endFrameNo(),
          "%s: %s is deleted under a reader of frame %d",
          tenant,
          segment,
          reader.expected.frameNo());
    }
  }
}
