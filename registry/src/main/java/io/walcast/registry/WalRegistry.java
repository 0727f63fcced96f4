package io.walcast.registry;

import io.walcast.io.Io;
import io.walcast.segment.BufferPool;
import io.walcast.segment.Namespace;
import io.walcast.segment.SegmentDirectory;
import io.walcast.storage.SegmentStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs that are open, one slot a namespace. Thread-safe; holds no thread.
 *
 * <pre>
 *   slot        open                get       tombstone   remove      sync      shutdown
 *   (none)      build it: Building  nothing   Tombstone   –           –         –
 *   Building    wait, look again    wait (async) / nothing            wait, look again: all four
 *   Wal         return it           it        Tombstone   close it    sync it   seal, fold, close it
 *   Tombstone   DeletingException   nothing   –           close it    –         close it
 * </pre>
 *
 * A build that fails frees the slot before it wakes the waiters, so that one of them can build. A
 * waiter that comes after the wake-up finds the build's future completed.
 */
public final class WalRegistry {

  private static final Logger LOG = LoggerFactory.getLogger(WalRegistry.class);
  private static final int SPARE_BUFFERS = 8;

  private final Io io;
  private final SegmentStorage storage;
  private final CheckpointNotifier notifier;
  private final RegistryOptions options;
  private final BufferPool buffers = new BufferPool(SPARE_BUFFERS);
  private final ConcurrentMap<Namespace, Slot> slots = new ConcurrentHashMap<>();
  private volatile boolean shuttingDown;

  /**
   * An empty registry.
   *
   * @param storage where sealed segments go
   * @param notifier told what may be checkpointed; it is started with this registry, by the caller
   */
  public WalRegistry(
      Io io, SegmentStorage storage, CheckpointNotifier notifier, RegistryOptions options) {
    this.io = io;
    this.storage = storage;
    this.notifier = notifier;
    this.options = options;
  }

  /**
   * The log of a namespace, opened if need be. One thread opens it; others that ask meanwhile wait.
   *
   * <p>The target of the request is the registry's from this call on: it is closed with the log, or
   * at once where the call fails or finds the log open with another target.
   *
   * @throws ShuttingDownException after {@link #shutdown} has begun
   * @throws DeletingException while the namespace is a tombstone
   * @throws LogMismatchException if segments, target and request do not belong together
   * @throws IOException if a segment cannot be read; the message names it
   */
  public SharedWal open(Namespace namespace, OpenRequest request) throws IOException {
    SharedWal wal = null;
    try {
      wal = findOrBuild(namespace, request);
      return wal;
    } finally {
      if (wal == null || wal.target() != request.target()) {
        request.target().close();
      }
    }
  }

  private SharedWal findOrBuild(Namespace namespace, OpenRequest request) throws IOException {
    while (true) {
      if (shuttingDown) {
        throw new ShuttingDownException(namespace);
      }
      Slot.Building building = new Slot.Building(new CompletableFuture<>());
      Slot found = slots.putIfAbsent(namespace, building);
      if (found == null) {
        return build(namespace, request, building);
      } else if (found instanceof Slot.Open open) {
        return open.wal();
      } else if (found instanceof Slot.Tombstone) {
        throw new DeletingException(namespace);
      }
      awaitBuild(found);
    }
  }

  private SharedWal build(Namespace namespace, OpenRequest request, Slot.Building building)
      throws IOException {
    SharedWal wal = null;
    try {
      if (shuttingDown) { // it may have looked at the slots before ours was there
        throw new ShuttingDownException(namespace);
      }
      SegmentDirectory directory =
          new SegmentDirectory(io, request.walDirectory(), buffers, options.syncOnSeal());
      wal = SharedWal.open(namespace, request, io, options, directory, storage, notifier);
    } finally {
      if (wal == null) {
        slots.remove(namespace);
      } else {
        slots.put(namespace, new Slot.Open(wal));
      }
      building.done().complete(null); // after the slot has changed: who wakes up looks there
    }
    wal.storeTail(); // after the slot has changed: the checkpointer looks there
    return wal;
  }

  /** The log of a namespace if it is open; does not wait for one being opened. */
  public Optional<SharedWal> get(Namespace namespace) {
    return slots.get(namespace) instanceof Slot.Open open
        ? Optional.of(open.wal())
        : Optional.empty();
  }

  /**
   * The log of a namespace once a build in progress is over; empty if that fails or nobody opened
   * it.
   */
  public CompletableFuture<Optional<SharedWal>> getAsync(Namespace namespace) {
    return slots.get(namespace) instanceof Slot.Building building
        ? building.done().thenCompose(nothing -> getAsync(namespace))
        : CompletableFuture.completedFuture(get(namespace));
  }

  /** The namespaces that are open. */
  public List<Namespace> namespaces() {
    List<Namespace> open = new ArrayList<>();
    slots.forEach(
        (namespace, slot) -> {
          if (slot instanceof Slot.Open) {
            open.add(namespace);
          }
        });
    return open;
  }

  /**
   * Refuses the namespace from now on, until {@link #remove}. Waits for a build in progress.
   *
   * @return the log, still open, if it was; {@link #remove} closes it
   */
  public Optional<SharedWal> tombstone(Namespace namespace) {
    while (true) {
      Slot slot = slots.get(namespace);
      if (slot instanceof Slot.Building) {
        awaitBuild(slot);
      } else if (slot instanceof Slot.Tombstone) {
        return Optional.empty();
      } else if (slot instanceof Slot.Open open) {
        if (slots.replace(namespace, slot, new Slot.Tombstone(Optional.of(open.wal())))) {
          return Optional.of(open.wal());
        }
      } else if (slots.putIfAbsent(namespace, new Slot.Tombstone(Optional.empty())) == null) {
        return Optional.empty();
      }
    }
  }

  /**
   * Frees the namespace's slot: closes its files without a checkpoint, or lifts the tombstone.
   * Waits for a build, a checkpoint or a swap in progress. An open write transaction fails at its
   * next step.
   */
  public void remove(Namespace namespace) throws IOException {
    Slot slot = slots.get(namespace);
    while (slot != null) {
      if (slot instanceof Slot.Building) {
        awaitBuild(slot);
      } else if (slot.held().isEmpty()) {
        if (slots.remove(namespace, slot)) {
          return;
        }
      } else {
        Slot.Building closing = new Slot.Building(new CompletableFuture<>());
        if (slots.replace(namespace, slot, closing)) {
          close(namespace, slot.held().get(), closing);
          return;
        }
      }
      slot = slots.get(namespace);
    }
  }

  /** Nobody may open the log anew before the last file of this one is closed. */
  private void close(Namespace namespace, SharedWal wal, Slot.Building closing) throws IOException {
    try {
      wal.close();
      storage.forget(namespace);
    } finally {
      slots.remove(namespace, closing);
      closing.done().complete(null); // after the slot has changed: who wakes up looks there
    }
  }

  /**
   * Brings the logs that are open, or being opened, up to what storage has: those that were opened
   * with less than storage knows, and replicas. Blocks.
   *
   * @param concurrency how many namespaces are synced at a time, at least 1
   * @return what was done, one result a namespace; one that fails does not stop the others
   */
  public List<SyncResult> syncAll(int concurrency) {
    if (concurrency < 1) {
      throw new IllegalArgumentException("cannot sync " + concurrency + " namespaces at a time");
    }
    Queue<SyncResult> results = new ConcurrentLinkedQueue<>();
    List<SharedWal> open = new ArrayList<>();
    for (Namespace namespace : List.copyOf(slots.keySet())) {
      if (settled(namespace) instanceof Slot.Open slot) {
        open.add(slot.wal());
      }
    }
    StorageSync sync = new StorageSync(storage);
    new BoundedRun("walcast-sync", concurrency).forEach(open, wal -> results.add(sync.tryRun(wal)));
    return List.copyOf(results);
  }

  /**
   * Brings one log up to what storage has, in this thread; waits for a build in progress.
   *
   * @return what was done; empty if the namespace is not open
   * @throws IOException if storage cannot be read or fill the gap, or is another log's; the log is
   *     unchanged then
   */
  public Optional<SyncResult> sync(Namespace namespace) throws IOException {
    return settled(namespace) instanceof Slot.Open open
        ? Optional.of(new StorageSync(storage).run(open.wal()))
        : Optional.empty();
  }

  /** The slot of a namespace once no build is in progress, or {@code null}. */
  private Slot settled(Namespace namespace) {
    Slot slot = slots.get(namespace);
    while (slot instanceof Slot.Building) {
      awaitBuild(slot);
      slot = slots.get(namespace);
    }
    return slot;
  }

  /**
   * Opens nothing any more, seals every log, lets storage finish, folds what is durable, closes
   * everything. What goes wrong in one namespace is logged and does not hold up the others; nothing
   * is lost by it, the next opening finds the segments.
   */
  public void shutdown() {
    shuttingDown = true;
    List<SharedWal> open = new ArrayList<>();
    for (Namespace namespace : List.copyOf(slots.keySet())) {
      Slot slot = settled(namespace);
      if (slot != null) {
        slot.held().ifPresent(open::add);
      }
    }
    LOG.info("shutting down {} namespaces", open.size());
    BoundedRun bounded = new BoundedRun("walcast-shutdown", options.shutdownConcurrency());
    bounded.forEach(open, SharedWal::sealForShutdown);
    storage.shutdown();
    notifier.shutdown();
    bounded.forEach(open, WalRegistry::foldAll);
    bounded.forEach(open, SharedWal::close);
    slots.clear();
  }

  private static void foldAll(SharedWal wal) throws IOException {
    boolean more = true;
    while (more) {
      more = wal.checkpoint();
    }
  }

  private static void awaitBuild(Slot slot) {
    if (slot instanceof Slot.Building building) {
      building.done().join();
    }
  }
}
