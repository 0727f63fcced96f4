package io.walcast.simulation;

import io.walcast.checkpoint.PrivateTarget;
import io.walcast.io.Io;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import io.walcast.testing.DiskOperation;
import io.walcast.testing.SimulatedIo;
import io.walcast.transaction.WriterLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Everything that one seed is about. The disk and the storage outlive the process. */
final class World {

  final Dice dice;
  final Weather weather;
  final Trace trace;
  final SimulatedIo disk;
  final Scheduler scheduler = new Scheduler(this);
  final Invariants invariants = new Invariants(this);
  final SimulatedStorage storage;
  final BackgroundCheckpoints background = new BackgroundCheckpoints(this);
  final List<Tenant> tenants = new ArrayList<>();

  /** There has to be one where private databases are; nothing is ever put there. */
  private static final Path REAL = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();

  private final List<SimulatedTarget> targets = new ArrayList<>(); // that are open
  private final List<Runnable> atDeath = new ArrayList<>();
  private final List<IoCall> atEnd = new ArrayList<>();
  private SchedulingIo io;
  private WalRegistry registry;
  private long versions;
  private long faults;
  private boolean stopping; // the registry opens nothing any more
  private boolean calm; // nothing fails any more

  World(long seed, boolean traced) {
    this.dice = new Dice(seed);
    this.weather = Weather.of(dice);
    this.trace = new Trace(traced);
    this.disk = new SimulatedIo(seed);
    this.storage = new SimulatedStorage(this, weather.replicas() || dice.oneIn(4));
    trace.note(weather::toString);
    start();
    Path root = disk.mount(REAL);
    List<SyncSteps> syncs = new ArrayList<>();
    int count = dice.between(1, 3);
    for (int i = 0; i < count; i++) {
      addTenant(root, "t" + i, syncs);
    }
    addFollower(root, syncs);
    scheduler.add(new SyncAllSteps(this, syncs).steps());
    scheduler.add(background.steps());
    scheduler.add(new CrashSteps(this).steps());
    scheduler.add(new StorageSteps(this).steps());
    scheduler.add(new ShutdownSteps(this).steps());
  }

  private Tenant newTenant(
      Path root, String name, UUID logId, DatabaseState first, List<SyncSteps> syncs) {
    boolean fits = first.frameNo() == 0 && first.sizePages() == 0 && !weather.replicas();
    Path database = fits && dice.oneIn(2) ? root.resolve("walcast-" + name + ".db") : null;
    Path directory =
        database == null
            ? disk.mount(root.resolve(name)).resolve("wal")
            : PrivateTarget.walDirectory(database);
    Tenant tenant = new Tenant(new Namespace(name), logId, directory, database, first, disk);
    tenants.add(tenant);
    scheduler.add(new RegistrySteps(this, tenant).steps());
    scheduler.add(new ReadSteps(this, tenant).steps());
    scheduler.add(new LogSteps(this, tenant).steps());
    SyncSteps sync = new SyncSteps(this, tenant);
    syncs.add(sync);
    scheduler.add(sync.steps());
    return tenant;
  }

  /** Of the first database, if that is not a replica itself. */
  private void addFollower(Path root, List<SyncSteps> syncs) {
    Tenant leader = tenants.get(0);
    if (weather.hasFollower() && leader.primary == null) {
      leader.isFollowed = true;
      Tenant tenant = newTenant(root, "follower", leader.logId, leader.history.first(), syncs);
      scheduler.add(new FollowSteps(this, tenant, leader).steps());
    }
  }

  private void addTenant(Path root, String name, List<SyncSteps> syncs) {
    boolean replica = weather.replicas() || dice.oneIn(4);
    boolean followed = !replica && weather.hasFollower() && tenants.isEmpty();
    boolean late = dice.oneIn(4) || ((replica || followed) && weather.baseSizePages() > 0);
    long firstFrameNo = late ? dice.between(1, 1000) : 0;
    UUID logId = new UUID(dice.anyLong(), dice.anyLong());
    DatabaseState first = DatabaseState.first(firstFrameNo, weather.baseSizePages());
    Tenant tenant = newTenant(root, name, logId, first, syncs);
    if (replica) {
      tenant.primary = new Primary(this, first);
      scheduler.add(new InjectSteps(this, tenant).steps());
    } else {
      scheduler.add(new WriteSteps(this, tenant).steps());
    }
  }

  private void start() {
    io = new SchedulingIo(this, disk);
    startRegistry();
  }

  /** A registry of this process that knows nothing yet. */
  void startRegistry() {
    storage.restart();
    background.restart();
    RegistryOptions options =
        new RegistryOptions(
            weather.swapPolicy(),
            !weather.replicas(),
            weather.checkpointBytes(),
            1, // so that one thread at a time runs
            Duration.ZERO,
            new WriterLimits(Duration.ofNanos(1), weather.reservation()));
    registry = new WalRegistry(io, storage, background, options);
  }

  SchedulingIo io() {
    return io;
  }

  WalRegistry registry() {
    return registry;
  }

  Tenant tenant(Namespace namespace) {
    for (Tenant tenant : tenants) {
      if (tenant.namespace.equals(namespace)) {
        return tenant;
      }
    }
    throw new SimulationFailure("nobody knows " + namespace);
  }

  /** What is open dies with the process. */
  void opened(SimulatedTarget target) {
    targets.add(target);
  }

  void closed(SimulatedTarget target) {
    targets.remove(target);
  }

  /** Lets go of what other worlds may need. */
  void end() throws IOException {
    for (SimulatedTarget target : List.copyOf(targets)) {
      target.close();
    }
  }

  /** A page that was never there before is made of it. */
  long nextVersion() {
    return ++versions;
  }

  void atDeath(Runnable action) {
    atDeath.add(action);
  }

  /** Closes a transaction when the end is near. */
  void atEnd(IoCall action) {
    atEnd.add(action);
  }

  /** Everybody who reads or writes goes home. */
  void goHome() throws IOException {
    for (IoCall action : atEnd) {
      action.run();
    }
    for (Tenant tenant : tenants) {
      tenant.readers.forEach(reader -> reader.snapshot.close());
      tenant.readers.clear();
    }
  }

  boolean faultIsDue() {
    boolean due =
        !calm
            && !scheduler.isQuiet()
            && !scheduler.isTop()
            && dice.perMille(weather.faultPerMille());
    faults += due ? 1 : 0;
    return due;
  }

  /** How often anything was made to fail. */
  long faults() {
    return faults;
  }

  void stopping(boolean now) {
    stopping = now;
  }

  boolean isStopping() {
    return stopping;
  }

  /** From here on only what was asked for happens. */
  void calmDown() {
    calm = true;
    io.dieAtChange(0);
  }

  boolean isCalm() {
    return calm;
  }

  /** A checkpoint that begins a segment is swapping: it has taken the writer's place for that. */
  void creating(Path path) {
    for (Tenant tenant : tenants) {
      if (tenant.directory.equals(path.getParent())
          && tenant.held.contains(Tenant.Lock.CHECKPOINT)
          && !tenant.held.contains(Tenant.Lock.WRITER)) {
        tenant.held.addAll(List.of(Tenant.Lock.WRITER, Tenant.Lock.SWAP));
        tenant.swapsInCheckpoint = true;
      }
    }
  }

  void diskFailed(DiskOperation operation, Path path) {
    for (Tenant tenant : tenants) {
      if (tenant.directory.equals(path.getParent())) {
        if (operation == DiskOperation.TRUNCATE || operation == DiskOperation.SYNC) {
          tenant.mayRefuseWrites = true;
        } else if (operation == DiskOperation.DELETE) {
          tenant.strays.add(path);
        }
      }
    }
  }

  /** Fails, unless the simulation itself is behind an exception. */
  void excuse(IOException e, Tenant tenant) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      boolean refused = tenant.mayRefuseWrites && message.contains("takes no more writes");
      if (message.startsWith("injected") || refused) {
        trace.note(() -> "excused: " + e.getMessage());
        return;
      }
    }
    throw new SimulationFailure(tenant + ": unexpected " + e, e);
  }

  /** The process dies here and now, and in some weathers the machine with it. */
  void crash() {
    boolean powerCut = weather.powerCuts() && dice.oneIn(2);
    trace.note(() -> powerCut ? "the machine crashes" : "the process dies");
    io.die();
    for (Tenant tenant : tenants) {
      tenant.crashed(powerCut, weather.replicas());
    }
    if (powerCut) {
      try {
        disk.crash();
      } catch (IOException e) {
        throw new SimulationFailure("the disk cannot crash", e);
      }
    }
  }

  /** After a step: if the process is dead, another takes its place. */
  void settle() throws IOException {
    if (io.isDead()) {
      end();
      atDeath.forEach(Runnable::run);
      for (Tenant tenant : tenants) {
        tenant.readers.clear();
        tenant.building = false;
        tenant.closed();
      }
      disk.heal();
      start();
    }
  }

  Io clock() {
    return disk;
  }
}
