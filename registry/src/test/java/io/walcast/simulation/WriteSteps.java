package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.SharedWal;
import io.walcast.segment.FrameRejectedException;
import io.walcast.transaction.BusySnapshotException;
import io.walcast.transaction.Savepoint;
import io.walcast.transaction.WriteTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The writer of one database. */
final class WriteSteps {

  private final World world;
  private final Tenant tenant;
  private SharedWal wal; // that the transaction is of
  private WriteTransaction transaction; // null: none
  private Draft draft;
  private final List<Savepoint> savepoints = new ArrayList<>();
  private boolean broken; // only close is left to do
  private boolean busy; // one of its calls is running

  WriteSteps(World world, Tenant tenant) {
    this.world = world;
    this.tenant = tenant;
    world.atDeath(this::end);
    world.atEnd(
        () -> {
          if (transaction != null) {
            call(this::close);
          }
        });
  }

  List<Step> steps() {
    return List.of(
        new Step(tenant + ": begin", Kind.WRITE, this::mayBegin, this::begin),
        new Step(tenant + ": insert", Kind.WRITE, this::mayWrite, () -> call(this::insert)),
        new Step(
            tenant + ": insert more", Kind.WRITE, this::mayWrite, () -> call(this::insertMany)),
        new Step(
            tenant + ": insert garbage", Kind.WRITE, this::mayWrite, () -> call(this::garbage)),
        new Step(tenant + ": savepoint", Kind.WRITE, this::mayWrite, () -> call(this::savepoint)),
        new Step(tenant + ": roll back to", Kind.WRITE, this::mayGoBack, () -> call(this::goBack)),
        new Step(tenant + ": release", Kind.WRITE, this::mayGoBack, () -> call(this::release)),
        new Step(tenant + ": upgrade", Kind.WRITE, this::mayUpgrade, this::upgrade),
        new Step(tenant + ": read in it", Kind.WRITE, this::mayWrite, () -> call(this::read)),
        new Step(tenant + ": commit", Kind.WRITE, this::mayWrite, () -> call(this::commit)),
        new Step(tenant + ": commit!", Kind.WRITE, this::mayWrite, () -> call(this::commit)),
        new Step(tenant + ": roll back", Kind.WRITE, this::mayWrite, () -> call(this::rollback)),
        new Step(tenant + ": close", Kind.WRITE, this::mayClose, () -> call(this::close)));
  }

  private boolean mayBegin() {
    return transaction == null
        && tenant.isOpen()
        && tenant.isFree(Tenant.Lock.WRITER)
        && !world.isStopping();
  }

  private boolean mayWrite() {
    return transaction != null && !broken && !busy;
  }

  private boolean mayClose() {
    return transaction != null && !busy;
  }

  private boolean mayGoBack() {
    return mayWrite() && !savepoints.isEmpty();
  }

  private boolean mayUpgrade() {
    return transaction == null
        && tenant.isOpen()
        && !world.isStopping()
        && !tenant.held.contains(Tenant.Lock.WRITER)
        && tenant.readers.stream().anyMatch(this::mayUpgrade);
  }

  private boolean mayUpgrade(OpenReader reader) {
    return reader.isCurrent()
        && reader.isFree()
        && (!tenant.isReserved() || tenant.isReservedFor(reader));
  }

  private boolean isCurrent() {
    return tenant.wal == wal;
  }

  private void begin() {
    wal = tenant.wal;
    tenant.observe();
    try {
      transaction = world.dice.oneIn(2) ? wal.beginWrite() : wal.tryBeginWrite().orElseThrow();
    } catch (IOException e) {
      world.excuse(e, tenant);
      return;
    }
    begun();
  }

  private void upgrade() {
    wal = tenant.wal;
    tenant.observe();
    OpenReader reader = world.dice.pick(tenant.readers.stream().filter(this::mayUpgrade).toList());
    boolean stale = reader.expected != tenant.history.committed();
    boolean busy = false;
    tenant.reservationOf(reader, null);
    try {
      transaction = wal.upgrade(reader.snapshot);
    } catch (BusySnapshotException e) {
      busy = true;
      long until = world.clock().nanoTime() + world.weather.reservation().toNanos();
      tenant.reserve(reader, until);
    } catch (IOException e) {
      world.excuse(e, tenant);
      return;
    }
    check(busy == stale, "%s: busy: %b, stale: %b", tenant, busy, stale);
    if (transaction != null) {
      tenant.readers.remove(reader);
      begun();
    }
  }

  private void begun() {
    draft = new Draft(tenant.history.committed(), tenant.minimumNextFrameNo);
    savepoints.clear();
    check(
        transaction.baseFrameNo() == draft.base.frameNo(),
        "%s: a transaction on frame %d, committed is %d",
        tenant,
        transaction.baseFrameNo(),
        draft.base.frameNo());
    tenant.held.add(Tenant.Lock.WRITER);
  }

  /** Runs a call of the transaction; what it does on a log that was closed is its own affair. */
  private void call(IoCall call) throws IOException {
    busy = true;
    try {
      call.run();
    } catch (IOException e) {
      broken = true;
      if (isCurrent()) {
        world.excuse(e, tenant);
      }
    } finally {
      busy = false;
    }
  }

  private void insert() throws IOException {
    int size = draft.sizePages();
    int most = world.weather.baseSizePages() + world.weather.maxSizePages();
    int from = Math.max(1, size - world.weather.maxSizePages());
    insert(world.dice.between(from, Math.min(size + 1, most + 1)));
  }

  private void insertMany() throws IOException {
    for (int i = world.dice.between(2, 12); i > 0; i--) {
      insert();
    }
  }

  private void insert(int wanted) throws IOException {
    int pageNo = wanted == world.weather.lockBytePage() ? wanted + 1 : wanted;
    long version = world.nextVersion();
    for (int skipped = draft.sizePages() + 1; skipped < pageNo; skipped++) {
      if (skipped != world.weather.lockBytePage()) {
        insert(skipped);
      }
    }
    world.trace.note(() -> "page " + pageNo + " version " + version);
    transaction.insert(pageNo, PageContent.of(world.weather.pageSize(), version));
    draft.insert(pageNo, version);
  }

  private void savepoint() throws IOException {
    savepoints.add(transaction.savepoint());
    draft.savepoint();
  }

  private void goBack() throws IOException {
    int i = world.dice.below(savepoints.size());
    transaction.rollbackTo(savepoints.get(i));
    draft.rollbackTo(i);
    savepoints.subList(i + 1, savepoints.size()).clear();
  }

  private void release() {
    int i = world.dice.below(savepoints.size());
    transaction.release(savepoints.get(i));
    draft.release(i);
    savepoints.subList(i, savepoints.size()).clear();
  }

  private void garbage() throws IOException {
    boolean rejected = false;
    try {
      if (world.dice.oneIn(2)) {
        transaction.insert(-1, PageContent.of(world.weather.pageSize(), 1));
      } else {
        transaction.insert(1, PageContent.of(world.weather.pageSize() / 2, 1));
      }
    } catch (FrameRejectedException e) {
      rejected = true;
    }
    check(rejected, "%s: garbage was taken", tenant);
  }

  private void read() throws IOException {
    if (draft.sizePages() == 0) {
      return;
    }
    int pageNo = world.dice.between(1, draft.sizePages());
    if (pageNo != world.weather.lockBytePage()) {
      ByteBuffer page = ByteBuffer.allocate(world.weather.pageSize());
      transaction.readPage(pageNo, page);
      long version = PageContent.version(page.flip(), tenant + ", in a transaction");
      check(
          version == draft.version(pageNo),
          "%s: page %d in its transaction is version %d, not %d",
          tenant,
          pageNo,
          version,
          draft.version(pageNo));
    }
  }

  private void commit() throws IOException {
    if (draft.isEmpty()) {
      rejectedCommit(Math.max(1, draft.sizePages()));
      return;
    }
    if (world.dice.oneIn(8)) {
      rejectedCommit(world.dice.oneIn(2) ? 0 : draft.lowestPageNo() - 1);
    }
    int size = draft.sizePages();
    if (world.dice.oneIn(3)) {
      int least = Math.max(draft.lowestPageNo(), world.weather.baseSizePages() - 3);
      size = world.dice.between(Math.min(least, size), size);
    }
    DatabaseState next = draft.committed(size);
    tenant.history.attempt(next);
    boolean committed = false;
    try {
      transaction.commit(size, Checksums.stated(world, next));
      committed = true;
    } finally {
      if (!committed && isCurrent() && !tenant.mayRefuseWrites && !world.io().isDead()) {
        tenant.history.refute(next);
      }
    }
    world.trace.note(() -> "frame " + next.frameNo() + ", size " + next.sizePages());
    tenant.confirmCommit(next, world.clock().nanoTime());
    end();
  }

  private void rejectedCommit(int size) throws IOException {
    boolean rejected = false;
    try {
      transaction.commit(size);
    } catch (FrameRejectedException e) {
      rejected = true;
    }
    check(rejected, "%s: commit to %d pages was taken", tenant, size);
  }

  private void rollback() throws IOException {
    try {
      transaction.rollback();
    } finally {
      end();
    }
  }

  private void close() throws IOException {
    try {
      transaction.close();
    } finally {
      end();
    }
  }

  private void end() {
    if (isCurrent()) {
      tenant.held.remove(Tenant.Lock.WRITER);
    }
    transaction = null;
    broken = false;
  }
}
