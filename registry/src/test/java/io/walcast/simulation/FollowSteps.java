package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.SharedWal;
import io.walcast.replication.Injector;
import io.walcast.replication.ReplicatedFrames;
import io.walcast.replication.Replicator;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Future;

/** A log follows another one of this registry, frame by frame, while both have their own lives. */
final class FollowSteps {

  private final World world;
  private final Tenant tenant;
  private final Tenant leader;
  private SharedWal wal; // that frames go into
  private SharedWal source; // that they come from
  private Replicator replicator; // null: none
  private Injector injector;
  private ReplicatedFrames frames; // null between transactions
  private DatabaseState end; // what they lead to
  private SortedMap<Integer, Long> found = new TreeMap<>();
  private boolean complete; // all frames have come
  private boolean busy;
  private Set<Tenant.Lock> writing; // what the open transaction holds a place in; null: none

  FollowSteps(World world, Tenant tenant, Tenant leader) {
    this.world = world;
    this.tenant = tenant;
    this.leader = leader;
    world.atDeath(this::forget);
    world.atEnd(() -> call(this::stop));
  }

  List<Step> steps() {
    return List.of(
        new Step(
            tenant + ": begin to follow", Kind.FOLLOW, this::mayBegin, () -> call(this::begin)),
        new Step(tenant + ": follow", Kind.FOLLOW, this::mayFollow, () -> call(this::follow)),
        new Step(tenant + ": follow all", Kind.FOLLOW, this::mayFollow, () -> call(this::all)),
        new Step(tenant + ": commit", Kind.FOLLOW, this::isComplete, () -> call(this::commit)),
        new Step(
            tenant + ": follow no more", Kind.CLOSE, this::isFollowing, () -> call(this::stop)));
  }

  private boolean mayBegin() {
    return !busy
        && frames == null
        && tenant.isOpen()
        && leader.isOpen()
        && !world.isStopping()
        && tenant.isFree(Tenant.Lock.WRITER);
  }

  private boolean isFollowing() {
    return !busy && replicator != null;
  }

  private boolean mayFollow() {
    return !busy && frames != null && !complete;
  }

  private boolean isComplete() {
    return !busy && frames != null && complete;
  }

  private void call(IoCall call) throws IOException {
    busy = true;
    try {
      call.run();
    } catch (IOException e) {
      boolean current = wal == tenant.wal && source == leader.wal;
      giveUp();
      if (current) {
        world.excuse(e, tenant);
      }
    } finally {
      busy = false;
      if (writing != null && (injector == null || !injector.isOpen())) {
        writing.remove(Tenant.Lock.WRITER);
        writing = null;
      }
    }
  }

  private void begin() throws IOException {
    if (replicator == null || source != leader.wal || wal != tenant.wal) {
      stop();
      source = leader.wal;
      wal = tenant.wal;
      tenant.observe();
      injector = new Injector(wal);
      replicator = new Replicator(source, world.storage, wal.lastCommittedFrameNo());
    }
    leader.observe();
    tenant.observe();
    long committed = leader.history.committed().frameNo();
    Future<Void> changed = replicator.changed();
    check(
        changed.isDone() == (committed > replicator.haveFrameNo()),
        "%s: has frame %d, the leader %d, told: %b",
        tenant,
        replicator.haveFrameNo(),
        committed,
        changed.isDone());
    if (changed.isDone()) {
      injector.begin();
      writing = tenant.held;
      writing.add(Tenant.Lock.WRITER);
      frames = replicator.read();
      end = leader.history.at(frames.endFrameNo());
      check(end != null, "%s: frame %d ends nothing", tenant, frames.endFrameNo());
      found = new TreeMap<>();
      complete = false;
    }
  }

  private void follow() throws IOException {
    if (frames.next()) {
      int pageNo = frames.pageNo();
      long version = PageContent.version(frames.page(), tenant + ", from its leader");
      check(
          version == end.version(pageNo),
          "%s: page %d came as version %d, at frame %d it is %d",
          tenant,
          pageNo,
          version,
          end.frameNo(),
          end.version(pageNo));
      boolean first = found.put(pageNo, version) == null;
      boolean last = pageNo == 1 && frames.frameNo() == end.frameNo();
      check(first || last, "%s: page %d comes again", tenant, pageNo);
      injector.insert(frames.frameNo(), pageNo, frames.page());
    } else {
      complete = true;
    }
  }

  private void all() throws IOException {
    while (!complete) {
      follow();
    }
    commit();
  }

  private void commit() throws IOException {
    DatabaseState base = tenant.history.committed();
    check(frames.sizePages() == end.sizePages(), "%s: %d pages", tenant, frames.sizePages());
    DatabaseState next = base.after(end.frameNo(), end.sizePages(), found);
    end.versions()
        .forEach(
            (pageNo, version) ->
                check(
                    next.version(pageNo) == version,
                    "%s: page %d is not that of its leader at frame %d",
                    tenant,
                    pageNo,
                    end.frameNo()));
    tenant.history.attempt(next);
    boolean committed = false;
    try {
      tenant.holding(
          List.of(Tenant.Lock.SWAP),
          () -> injector.commit(next.sizePages(), Checksums.stated(world, next)));
      committed = true;
    } finally {
      commitEnded(next, committed);
    }
    replicator.taken(next.frameNo());
    closeFrames();
  }

  private void commitEnded(DatabaseState attempted, boolean committed) {
    if (committed || wal.lastCommittedFrameNo() == attempted.frameNo()) {
      tenant.confirmCommit(attempted, world.clock().nanoTime());
      replicator.taken(attempted.frameNo());
    } else if (tenant.wal == wal && !tenant.mayRefuseWrites && !world.io().isDead()) {
      tenant.history.refute(attempted);
    }
    if (tenant.wal == wal) {
      tenant.observe();
      tenant.sealUnknown |= !committed;
    }
  }

  private void closeFrames() throws IOException {
    ReplicatedFrames open = frames;
    frames = null;
    if (open != null) {
      open.close();
    }
  }

  /** What a follower does that cannot go on: it begins anew with the next step. */
  private void giveUp() throws IOException {
    try {
      closeFrames();
      if (injector != null) {
        injector.close();
      }
    } catch (IOException e) {
      if (wal == tenant.wal) {
        world.excuse(e, tenant);
      }
    }
  }

  private void stop() throws IOException {
    giveUp();
    if (replicator != null) {
      replicator.close();
      replicator = null;
    }
  }

  private void forget() {
    frames = null;
    replicator = null;
    injector = null;
  }
}
