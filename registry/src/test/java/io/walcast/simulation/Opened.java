package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.SharedWal;
import java.util.ArrayDeque;
import java.util.Deque;

/** A log that was just opened: whether it is what it has to be, and what the model makes of it. */
final class Opened {

  private final World world;
  private final Tenant tenant;
  private final SharedWal wal;

  Opened(World world, Tenant tenant, SharedWal wal) {
    this.world = world;
    this.tenant = tenant;
    this.wal = wal;
  }

  /** Checks that it is a prefix of the history with all that must be there, and goes on from it. */
  void takeOver() {
    long last = wal.lastCommittedFrameNo();
    DatabaseState state = tenant.history.at(last);
    check(state != null, "%s: reopened at frame %d, inside a transaction", tenant, last);
    check(
        state.sizePages() == wal.sizePages(),
        "%s: reopened with %d pages, not %d",
        tenant,
        wal.sizePages(),
        state.sizePages());
    checkEnd(last);
    tenant.history.cutAfter(last);
    rebuildTail(last);
    tenant.wal = wal;
    tenant.toldFrameNo = last;
    wal.onCommit(this::told);
    tenant.strays.clear();
    tenant.sealUnknown = false;
    tenant.firstCommitNanos = world.clock().nanoTime();
    tenant.durableFrameNo = 0;
    tenant.checkpointedFrameNo = tenant.foldedFrameNo();
    world.trace.note(() -> "opened at " + last + ", folded " + tenant.foldedFrameNo());
  }

  private void told(long frameNo) {
    check(
        frameNo > tenant.toldFrameNo && frameNo == wal.lastCommittedFrameNo(),
        "%s: told of frame %d after frame %d",
        tenant,
        frameNo,
        tenant.toldFrameNo);
    if (tenant.wal == wal) {
      tenant.toldFrameNo = frameNo;
    }
  }

  private void checkEnd(long last) {
    long least = tenant.mustReach;
    check(last >= least, "%s: reopened at frame %d, frame %d is lost", tenant, last, least);
    long kept = Math.max(tenant.sealedFrameNo, tenant.foldedFrameNo());
    long most = Math.max(kept, tenant.history.perhapsUpTo(tenant.mayCutAfter));
    check(
        last <= most || tenant.sealUnknown,
        "%s: reopened at frame %d, to be cut after %d",
        tenant,
        last,
        most);
  }

  private void rebuildTail(long last) {
    Deque<Tenant.Sealed> known = new ArrayDeque<>(tenant.tail);
    known.addLast(new Tenant.Sealed(tenant.currentStart, last));
    tenant.tail.clear();
    tenant.sealedBySwaps.removeIf(end -> end > last);
    for (Tenant.Sealed each : known) {
      long end = Math.min(each.endFrameNo(), last);
      if (end >= each.startFrameNo() && end > tenant.foldedFrameNo()) {
        tenant.tail.addLast(new Tenant.Sealed(each.startFrameNo(), end));
      }
    }
    tenant.currentStart = last + 1;
    tenant.sealedFrameNo = last;
    tenant.mustReach = last;
  }
}
