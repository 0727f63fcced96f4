package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.SharedWal;
import io.walcast.replication.Injector;
import io.walcast.segment.FrameRejectedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Frames of one transaction after the other come in from elsewhere, in any order. */
final class InjectSteps {

  private final World world;
  private final Tenant tenant;
  private SharedWal wal; // that the injector is of
  private Injector injector; // null: none
  private List<Primary.Frame> toCome = List.of();
  private DatabaseState next;
  private long statedDurable;
  private boolean busy;

  InjectSteps(World world, Tenant tenant) {
    this.world = world;
    this.tenant = tenant;
    world.atDeath(() -> injector = null);
    world.atEnd(
        () -> {
          if (injector != null) {
            call(this::stop);
          }
        });
  }

  List<Step> steps() {
    return List.of(
        new Step(
            tenant + ": begin injecting", Kind.INJECT, this::mayBegin, () -> call(this::begin)),
        new Step(tenant + ": inject", Kind.INJECT, this::mayInject, () -> call(this::inject)),
        new Step(tenant + ": inject old", Kind.INJECT, this::isBetween, () -> call(this::old)),
        new Step(
            tenant + ": commit injected", Kind.INJECT, this::isWhole, () -> call(this::commit)),
        new Step(tenant + ": inject all", Kind.INJECT, this::mayInject, () -> call(this::all)),
        new Step(tenant + ": injector stops", Kind.CLOSE, this::isBetween, () -> call(this::stop)));
  }

  private boolean mayBegin() {
    boolean gone = injector == null || wal != tenant.wal;
    return !busy
        && tenant.isOpen()
        && !world.isStopping()
        && tenant.isFree(Tenant.Lock.WRITER)
        && (gone || !injector.isOpen());
  }

  private boolean isBetween() {
    return !busy && injector != null && injector.isOpen();
  }

  private boolean mayInject() {
    return isBetween() && !toCome.isEmpty();
  }

  private boolean isWhole() {
    return isBetween() && toCome.isEmpty();
  }

  private void call(IoCall call) throws IOException {
    busy = true;
    try {
      call.run();
    } catch (IOException e) {
      if (wal == tenant.wal) {
        world.excuse(e, tenant);
      }
    } finally {
      busy = false;
      if (wal == tenant.wal && injector != null && !injector.isOpen()) {
        tenant.held.remove(Tenant.Lock.WRITER);
      }
    }
  }

  private void begin() throws IOException {
    if (injector == null || wal != tenant.wal) {
      wal = tenant.wal;
      injector = new Injector(wal);
    }
    tenant.observe();
    injector.begin();
    tenant.held.add(Tenant.Lock.WRITER);
    prepare();
  }

  /** Gets the next transaction of the primary. */
  private void prepare() {
    DatabaseState base = tenant.history.committed();
    Primary.Change change = tenant.primary.after(base.frameNo());
    toCome = shuffled(change.frames());
    next = base.after(change.frameNo(), change.sizePages(), change.changes());
    if (world.dice.oneIn(2)) {
      statedDurable = world.dice.oneIn(2) ? change.frameNo() : base.frameNo();
      tenant.primary.publishUpTo(tenant, statedDurable);
      injector.setDurable(statedDurable);
    }
  }

  private List<Primary.Frame> shuffled(List<Primary.Frame> frames) {
    List<Primary.Frame> mixed = new ArrayList<>();
    List<Primary.Frame> left = new ArrayList<>(frames);
    boolean inOrder = world.dice.oneIn(3);
    while (!left.isEmpty()) {
      mixed.add(left.remove(inOrder ? 0 : world.dice.below(left.size())));
    }
    return mixed;
  }

  private void inject() throws IOException {
    Primary.Frame frame = toCome.remove(0);
    world.trace.note(frame::toString);
    injector.insert(
        frame.frameNo(), frame.pageNo(), PageContent.of(world.weather.pageSize(), frame.version()));
  }

  private void all() throws IOException {
    while (!toCome.isEmpty()) {
      inject();
    }
    commit();
  }

  private void old() throws IOException {
    boolean rejected = false;
    try {
      long committed = tenant.history.committed().frameNo();
      injector.insert(committed, 1, PageContent.of(world.weather.pageSize(), 1));
    } catch (FrameRejectedException e) {
      rejected = true;
    }
    check(rejected || wal != tenant.wal, "%s: an old frame was taken", tenant);
  }

  private void commit() throws IOException {
    DatabaseState attempted = next;
    if (tenant.wal != wal) {
      injector.commit(attempted.sizePages());
      throw new SimulationFailure(tenant + ": commit into a closed log");
    }
    tenant.history.attempt(attempted);
    boolean committed = false;
    try {
      tenant.holding(
          List.of(Tenant.Lock.SWAP),
          () -> injector.commit(attempted.sizePages(), Checksums.stated(world, attempted)));
      committed = true;
    } finally {
      commitEnded(attempted, committed);
    }
    world.trace.note(() -> "frame " + attempted.frameNo() + ", size " + attempted.sizePages());
  }

  private void commitEnded(DatabaseState attempted, boolean committed) {
    boolean visible = wal.lastCommittedFrameNo() == attempted.frameNo();
    if (committed || visible) {
      tenant.confirmCommit(attempted, world.clock().nanoTime());
      statedDurable = 0;
    } else {
      if (tenant.wal == wal && !tenant.mayRefuseWrites && !world.io().isDead()) {
        tenant.history.refute(attempted);
      }
    }
    if (tenant.wal == wal) {
      tenant.observe();
      tenant.sealUnknown |= !committed;
    }
  }

  private void stop() throws IOException {
    try {
      injector.close();
    } finally {
      statedDurable = 0;
    }
  }
}
