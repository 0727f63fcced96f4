package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.checkpoint.PrivateDatabase;
import io.walcast.registry.CheckpointListener;
import io.walcast.registry.DeletingException;
import io.walcast.registry.LogStart;
import io.walcast.registry.OpenRequest;
import io.walcast.registry.SharedWal;
import io.walcast.registry.ShuttingDownException;
import io.walcast.segment.LogPosition;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One namespace is opened, asked for, marked for deletion and closed. */
final class RegistrySteps {

  private final World world;
  private final Tenant tenant;

  RegistrySteps(World world, Tenant tenant) {
    this.world = world;
    this.tenant = tenant;
  }

  List<Step> steps() {
    return List.of(
        new Step(tenant + ": open", Kind.OPEN, this::mayOpen, this::open),
        new Step(tenant + ": open again", Kind.CLOSE, tenant::isOpen, this::openAgain),
        new Step(tenant + ": look up", Kind.CLOSE, () -> true, this::lookUp),
        new Step(tenant + ": tombstone", Kind.CLOSE, this::mayClose, this::tombstone),
        new Step(tenant + ": remove", Kind.CLOSE, this::mayClose, this::remove));
  }

  private boolean mayOpen() {
    return !tenant.isOpen() && !tenant.building && !tenant.tombstoned;
  }

  private boolean mayClose() {
    return tenant.isOpen()
        && tenant.isFree(Tenant.Lock.CHECKPOINT)
        && tenant.isFree(Tenant.Lock.SWAP);
  }

  private SimulatedTarget another() {
    return new SimulatedTarget(world, tenant.folded);
  }

  /** Opens the database as its owner does. */
  private OpenRequest request() throws IOException {
    if (tenant.folded.file == null) {
      SimulatedTarget target = another();
      world.opened(target);
      return request(target);
    }
    OpenRequest found =
        PrivateDatabase.open(
            world.io(),
            tenant.folded.file,
            world.weather.pageSize(),
            tenant.epoch,
            Optional.of(tenant.logId));
    SimulatedTarget target = new SimulatedTarget(world, tenant.folded, found.target());
    world.opened(target);
    target.checkPosition();
    return new OpenRequest(
        found.walDirectory(),
        target,
        found.pageSize(),
        found.epoch(),
        found.start(),
        tenant.mayCutAfter,
        tenant.minimumNextFrameNo,
        new Listener(target));
  }

  private OpenRequest request(SimulatedTarget target) {
    DatabaseState first = tenant.history.first();
    boolean known = tenant.folded.position != null && world.dice.oneIn(2);
    return new OpenRequest(
        tenant.directory,
        target,
        world.weather.pageSize(),
        tenant.epoch,
        known
            ? Optional.empty()
            : Optional.of(new LogStart(tenant.logId, first.frameNo() + 1, first.sizePages())),
        tenant.mayCutAfter,
        tenant.minimumNextFrameNo,
        new Listener(target));
  }

  void open() throws IOException {
    if (tenant.primary == null && world.dice.oneIn(4)) { // else the primary has the epochs
      tenant.epoch++;
    }
    tenant.mayCutAfter = Long.MAX_VALUE;
    if (!world.weather.replicas()
        && !tenant.isFollowed
        && world.dice.oneIn(8)) { // only what is synced stays cut
      tenant.mayCutAfter = tenant.history.committed().frameNo() - world.dice.below(20);
    }
    if (world.dice.oneIn(4)) {
      tenant.minimumNextFrameNo = tenant.history.committed().frameNo() + 1 + world.dice.below(10);
    }
    tenant.building = true;
    tenant.generation++;
    SimulatedTarget target = null;
    SharedWal wal = null;
    try {
      OpenRequest request = request();
      target = (SimulatedTarget) request.target();
      long kept = Math.max(tenant.sealedFrameNo, tenant.foldedFrameNo());
      long cut = Math.max(kept, tenant.history.upTo(tenant.mayCutAfter).frameNo());
      tenant.mustReach = Math.min(tenant.mustReach, cut);
      wal = world.registry().open(tenant.namespace, request);
    } catch (ShuttingDownException e) {
      check(world.isStopping(), "%s: refused, and nobody shuts down", tenant);
    } catch (IOException e) {
      world.excuse(e, tenant);
    } finally {
      tenant.building = false;
    }
    check(
        target == null || target.isClosed() == (wal == null),
        "%s: its target was left behind",
        tenant);
    tenant.sealUnknown |= wal == null || world.io().isDead();
    if (wal != null && !world.io().isDead()) {
      new Opened(world, tenant, wal).takeOver();
    }
  }

  private void openAgain() throws IOException {
    SimulatedTarget target = another();
    SharedWal again = null;
    boolean deleting = false;
    try {
      again = world.registry().open(tenant.namespace, request(target));
    } catch (DeletingException e) {
      deleting = true;
    } catch (ShuttingDownException e) {
      check(world.isStopping() && target.isClosed(), "%s: refused", tenant);
      return;
    }
    check(target.isClosed(), "%s: the second target was left open", tenant);
    check(deleting == tenant.tombstoned, "%s: tombstone: %b", tenant, tenant.tombstoned);
    check(deleting || again == tenant.wal, "%s: opened twice", tenant);
  }

  private void lookUp() {
    CompletableFuture<Optional<SharedWal>> later = world.registry().getAsync(tenant.namespace);
    if (!tenant.building) {
      SharedWal expected = tenant.tombstoned ? null : tenant.wal;
      check(later.isDone(), "%s: nobody opens it, and one has to wait", tenant);
      check(later.join().orElse(null) == expected, "%s: got another log", tenant);
      check(
          world.registry().get(tenant.namespace).orElse(null) == expected,
          "%s: got another log",
          tenant);
      check(
          world.registry().namespaces().contains(tenant.namespace) == (expected != null),
          "%s: in the list of the open",
          tenant);
    }
  }

  private void tombstone() {
    Optional<SharedWal> before = world.registry().tombstone(tenant.namespace);
    check(
        before.orElse(null) == (tenant.tombstoned ? null : tenant.wal),
        "%s: its tombstone has another log",
        tenant);
    tenant.tombstoned = true;
  }

  void remove() {
    tenant.mustReach = tenant.history.committed().frameNo();
    tenant.closed();
    tenant.building = true; // nor can it be opened before it is closed
    try {
      world.registry().remove(tenant.namespace);
    } catch (IOException e) {
      world.excuse(e, tenant);
    } finally {
      tenant.building = false;
    }
  }

  /** What the checkpoints of one opening tell. */
  private final class Listener implements CheckpointListener {

    private final SimulatedTarget target;

    private Listener(SimulatedTarget target) {
      this.target = target;
    }

    @Override
    public void checkpointed(LogPosition upTo) {
      check(!target.isClosed(), "%s: checkpointed after its end", tenant);
      check(upTo.equals(tenant.folded.position), "%s: told of %s", tenant, upTo);
    }

    @Override
    public void failed(IOException cause) {
      tenant.sealUnknown = true; // it may have been the swap that comes after the fold
      world.excuse(cause, tenant);
    }
  }
}
