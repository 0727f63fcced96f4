package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.segment.FrameCursor;
import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentIndex;
import io.walcast.storage.SegmentKey;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoreCallback;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import org.roaringbitmap.RoaringBitmap;

/**
 * A storage whose uploads take as long as the scheduler likes, in any order, and whose callbacks
 * come late, twice, or out of order. It reads a segment when it uploads it, so the registry must
 * have kept it until then.
 */
final class SimulatedStorage implements SegmentStorage {

  private record Upload(
      Tenant tenant, SealedSegment segment, StoreCallback callback, int generation) {}

  private record Callback(Tenant tenant, StoreCallback told, long frameNo) {}

  private final World world;
  private final boolean immediate;
  private final Map<Tenant, Long> truth = new HashMap<>();
  private final Map<Tenant, List<long[]>> islands = new HashMap<>(); // uploaded after a gap
  private final Map<Tenant, TreeMap<SegmentKey, StoredSegment>> stored = new HashMap<>();
  private final Map<Integer, Long> handedOver = new HashMap<>();
  private final List<Upload> uploads = new ArrayList<>();
  private final List<Callback> callbacks = new ArrayList<>();
  private boolean stopped;

  SimulatedStorage(World world, boolean immediate) {
    this.world = world;
    this.immediate = immediate;
  }

  /** A new process knows nothing of what the last one had in flight. */
  void restart() {
    uploads.clear();
    callbacks.clear();
    handedOver.clear();
    stopped = false;
  }

  /** The highest frame that is durable, whether or not anybody was told. */
  long durableTruth(Tenant tenant) {
    long known =
        tenant.primary == null ? truth.getOrDefault(tenant, 0L) : tenant.primary.publishedFrameNo();
    return Math.max(known, tenant.foldedFrameNo());
  }

  @Override
  public void store(Namespace namespace, SealedSegment segment, StoreCallback callback) {
    Tenant tenant = world.tenant(namespace);
    if (stopped) { // the next opening stores it
      check(world.isStopping(), "%s: %s stored after the storage's shutdown", tenant, segment);
      return;
    }
    Long before =
        handedOver.put(
            tenant.generation * 100 + world.tenants.indexOf(tenant), segment.lastFrameNo());
    check(
        before == null || before < segment.startFrameNo(),
        "%s: %s stored after frame %d",
        tenant,
        segment,
        before);
    world.trace.note(
        () -> "storage takes " + segment.startFrameNo() + ".." + segment.lastFrameNo());
    uploads.add(new Upload(tenant, segment, callback, tenant.generation));
    if (immediate) {
      storeAtOnce(uploads.size() - 1);
    }
    world.scheduler.interlude();
  }

  private void storeAtOnce(int i) {
    try {
      world.scheduler.quietly(() -> upload(i));
    } catch (IOException e) {
      throw new SimulationFailure("an upload never fails so", e);
    }
    if (!callbacks.isEmpty()) {
      callBack(callbacks.size() - 1, false);
    }
  }

  /** Something gets there. */
  void put(Tenant tenant, StoredSegment segment) {
    stored.computeIfAbsent(tenant, any -> new TreeMap<>()).put(segment.key(), segment);
  }

  boolean hasUploads() {
    return !uploads.isEmpty();
  }

  boolean hasCallbacks() {
    return !callbacks.isEmpty();
  }

  /** One upload comes to its end, the oldest or any; it may fail and stay to be tried again. */
  void upload(int i) {
    Upload upload = uploads.get(i);
    uploads.remove(i);
    if (isOver(upload)) {
      return;
    }
    StoredSegment copy;
    try {
      copy = StoredSegment.copyOf(upload.segment);
      checkContent(upload.tenant, upload.segment, copy);
    } catch (IOException e) {
      if (!isOver(upload)) {
        world.excuse(e, upload.tenant);
        uploads.add(Math.min(i, uploads.size()), upload);
      }
      return;
    }
    if (upload.tenant.primary == null) {
      put(upload.tenant, copy);
      uploaded(upload.tenant, upload.segment);
      callbacks.add(new Callback(upload.tenant, upload.callback, truth.get(upload.tenant)));
    } else { // the primary stores the same
      upload.tenant.primary.publishUpTo(upload.tenant, upload.segment.lastFrameNo());
      callbacks.add(new Callback(upload.tenant, upload.callback, upload.segment.lastFrameNo()));
    }
  }

  /** Closed with its log, or folded because it was known to be durable from elsewhere. */
  private static boolean isOver(Upload upload) {
    return upload.generation != upload.tenant.generation
        || upload.segment.lastFrameNo() <= upload.tenant.foldedFrameNo();
  }

  int uploadCount() {
    return uploads.size();
  }

  int callbackCount() {
    return callbacks.size();
  }

  /** Tells what is durable, as it was known when the upload ended. */
  void callBack(int i, boolean again) {
    Callback callback = again ? callbacks.get(i) : callbacks.remove(i);
    world.trace.note(() -> callback.tenant + " is durable up to " + callback.frameNo);
    callback.told.durable(callback.frameNo);
  }

  /** Everything that was handed over gets there, and everybody is told. */
  void finish() {
    while (!uploads.isEmpty()) {
      upload(0);
    }
    while (!callbacks.isEmpty()) {
      callBack(0, false);
    }
  }

  private void uploaded(Tenant tenant, SealedSegment segment) {
    List<long[]> waiting = islands.computeIfAbsent(tenant, any -> new ArrayList<>());
    waiting.add(new long[] {segment.startFrameNo(), segment.lastFrameNo()});
    long end = durableTruth(tenant);
    boolean grown = true;
    while (grown) {
      grown = false;
      for (long[] island : waiting) {
        if (island[0] <= end + 1 && island[1] > end) {
          end = island[1];
          grown = true;
        }
      }
    }
    truth.put(tenant, end);
  }

  private void checkContent(Tenant tenant, SealedSegment segment, StoredSegment copy) {
    DatabaseState end = tenant.history.at(segment.lastFrameNo());
    check(end != null, "%s: %s ends inside a transaction", tenant, segment);
    NavigableSet<Integer> pages =
        tenant.history.changedBetween(segment.startFrameNo() - 1, segment.lastFrameNo());
    check(
        segment.pageCount() == pages.size() && segment.sizeAfter() == end.sizePages(),
        "%s: %s has %d pages, size %d, not %d, %d",
        tenant,
        segment,
        segment.pageCount(),
        segment.sizeAfter(),
        pages.size(),
        end.sizePages());
    for (int pageNo : pages) {
      Primary.Frame frame = copy.newest().get(pageNo);
      check(frame != null, "%s: %s lacks page %d", tenant, segment, pageNo);
      long version = frame.version();
      check(version == end.version(pageNo), "%s: %s, page %d is old", tenant, segment, pageNo);
    }
    checkChecksum(tenant, segment, end);
  }

  private void checkChecksum(Tenant tenant, SealedSegment segment, DatabaseState end) {
    boolean swapped = tenant.sealedBySwaps.contains(end.frameNo()); // else by an opening
    long found = segment.databaseChecksum();
    long expected = Checksums.stated(world, end);
    check(
        found == expected || (found == 0 && !swapped),
        "%s: %s states the checksum %x, not %x",
        tenant,
        segment,
        found,
        expected);
  }

  @Override
  public long durableFrameNo(Namespace namespace) {
    return durableTruth(world.tenant(namespace));
  }

  @Override
  public List<SegmentKey> list(Namespace namespace) throws IOException {
    asked("list " + namespace);
    return List.copyOf(of(namespace).keySet());
  }

  @Override
  public Optional<SegmentKey> newest(Namespace namespace) throws IOException {
    asked("newest of " + namespace);
    TreeMap<SegmentKey, StoredSegment> all = of(namespace);
    Optional<SegmentKey> newest = all.isEmpty() ? Optional.empty() : Optional.of(all.lastKey());
    SyncSteps syncing = world.tenant(namespace).syncing;
    if (syncing != null && newest.isPresent()) {
      syncing.aimAt(newest.get());
    }
    return newest;
  }

  @Override
  public SegmentIndex index(Namespace namespace, SegmentKey key) throws IOException {
    asked("index of " + key);
    return of(namespace).get(key).index();
  }

  @Override
  public FrameCursor fetch(Namespace namespace, SegmentKey key, RoaringBitmap wanted)
      throws IOException {
    asked("fetch " + key);
    return of(namespace).get(key).fetch(world, wanted);
  }

  private void asked(String what) throws IOException {
    world.scheduler.interlude();
    world.io().mayFail(what);
  }

  private TreeMap<SegmentKey, StoredSegment> of(Namespace namespace) {
    return stored.computeIfAbsent(world.tenant(namespace), any -> new TreeMap<>());
  }

  @Override
  public void shutdown() {
    boolean finish = world.dice.oneIn(2);
    while (finish && !uploads.isEmpty() && !world.io().isDead()) {
      int before = uploads.size();
      upload(0);
      finish = uploads.size() < before;
    }
    while (finish && !callbacks.isEmpty()) {
      callBack(0, false);
    }
    stopped = true;
    uploads.clear();
    callbacks.clear();
  }
}
