package io.walcast.registry;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What a registry knows of one namespace. */
sealed interface Slot {

  /** The log to close when the slot is freed. */
  Optional<SharedWal> held();

  /**
   * One thread is opening the log.
   *
   * @param done completed, always normally, once the slot holds something else or nothing
   */
  record Building(CompletableFuture<Void> done) implements Slot {
    @Override
    public Optional<SharedWal> held() {
      return Optional.empty();
    }
  }

  /** The log is open. */
  record Open(SharedWal wal) implements Slot {
    @Override
    public Optional<SharedWal> held() {
      return Optional.of(wal);
    }
  }

  /** The namespace is being deleted. */
  record Tombstone(Optional<SharedWal> held) implements Slot {}
}
