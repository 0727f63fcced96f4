package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.SharedWal;
import io.walcast.registry.SyncResult;
import io.walcast.storage.SegmentKey;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A log is brought up to what the storage has, which may fail at any frame. */
final class SyncSteps {

  private static final List<Tenant.Lock> LOCKS = List.of(Tenant.Lock.WRITER, Tenant.Lock.SWAP);

  private final World world;
  private final Tenant tenant;
  private SharedWal wal;
  private long before;
  private int pages;
  private DatabaseState next; // null: there is nothing to get

  SyncSteps(World world, Tenant tenant) {
    this.world = world;
    this.tenant = tenant;
  }

  List<Step> steps() {
    return List.of(
        new Step(tenant + ": sync", Kind.SYNC, this::isPossible, this::sync),
        new Step(tenant + ": storage runs ahead", Kind.SYNC, this::mayRunAhead, this::runAhead));
  }

  private boolean mayRunAhead() {
    return tenant.primary != null;
  }

  private void runAhead() {
    tenant.primary.runAhead(tenant);
  }

  boolean isPossible() {
    return tenant.isOpen()
        && !tenant.building
        && !world.isStopping()
        && tenant.isFree(Tenant.Lock.WRITER)
        && tenant.isFree(Tenant.Lock.SWAP);
  }

  private void sync() throws IOException {
    boolean tombstoned = tenant.tombstoned;
    tenant.holding(
        LOCKS,
        () -> {
          begin();
          try {
            Optional<SyncResult> result = world.registry().sync(tenant.namespace);
            check(result.isPresent() != tombstoned, "%s: synced: %s", tenant, result);
            if (result.isPresent()) {
              succeeded(result.get());
            }
          } catch (IOException e) {
            failed(e);
          } finally {
            tenant.syncing = null;
          }
        });
  }

  Tenant tenant() {
    return tenant;
  }

  void begin() {
    wal = tenant.wal;
    tenant.observe();
    before = tenant.history.committed().frameNo();
    next = null;
    tenant.syncing = this;
  }

  /** The storage has said what is its newest segment: the log has to lead there, in one step. */
  void aimAt(SegmentKey newest) {
    long end = newest.endFrameNo();
    if (next == null && tenant.primary != null && end > before) {
      DatabaseState after = tenant.primary.at(end);
      SortedMap<Integer, Primary.Frame> frames = tenant.primary.between(before, end);
      SortedMap<Integer, Long> changes = new TreeMap<>();
      frames.values().forEach(frame -> changes.put(frame.pageNo(), frame.version()));
      pages = changes.size();
      if (frames.values().stream().noneMatch(frame -> frame.frameNo() == end)) {
        changes.putIfAbsent(1, after.version(1)); // the last frame is that of a page cut off
      }
      next = tenant.history.committed().after(end, after.sizePages(), changes);
      tenant.history.attempt(next);
    } else {
      check(next != null || end <= before, "%s: the storage is ahead of its only writer", tenant);
    }
  }

  void succeeded(SyncResult result) {
    check(result.beforeFrameNo() == before, "%s: synced from %s", tenant, result);
    long expected = next == null ? before : next.frameNo();
    check(
        result.afterFrameNo() == expected && wal.lastCommittedFrameNo() == expected,
        "%s: synced to frame %d, storage has frame %d",
        tenant,
        result.afterFrameNo(),
        expected);
    check(
        result.pages() == (next == null ? 0 : pages),
        "%s: %d pages came, not %d",
        tenant,
        result.pages(),
        pages);
    if (next != null) {
      check(wal.durableFrameNo() >= expected, "%s: what was stored is not durable", tenant);
      tenant.confirmCommit(next, world.clock().nanoTime());
      tenant.observe();
      check(wal.currentFrameCount() == 0, "%s: not sealed by the sync", tenant);
    }
  }

  void failed(IOException e) {
    if (tenant.wal == wal) {
      world.excuse(e, tenant);
      if (next != null) {
        undo();
      }
    }
  }

  private void undo() {
    if (wal.lastCommittedFrameNo() == next.frameNo()) { // it was the swap that failed
      tenant.confirmCommit(next, world.clock().nanoTime());
    } else {
      boolean unknown = tenant.mayRefuseWrites || world.io().isDead();
      if (!unknown) {
        tenant.history.refute(next);
      }
      check(
          wal.lastCommittedFrameNo() == before && wal.durableFrameNo() <= before,
          "%s: a sync that failed has left frame %d, durable %d",
          tenant,
          wal.lastCommittedFrameNo(),
          wal.durableFrameNo());
    }
    tenant.observe();
    tenant.sealUnknown = true;
  }
}
