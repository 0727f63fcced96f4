package io.walcast.connector.sink;

import io.walcast.connector.client.ConsumerSource;
import io.walcast.io.Io;
import java.util.concurrent.ExecutorService;

/**
 * What a task has from the process that it runs in, beside its records: disk and clock, consumers
 * of its own, and threads. All of it is for one task, and the task's to close.
 */
interface Surroundings {

  /** Files and time. */
  Io io();

  /** Consumers for announcements and syncs. */
  ConsumerSource consumers();

  /** Where syncs run. */
  ExecutorService syncThreads();

  /** What runs the folds. */
  FoldRunner folds();

  /** How the task's thread waits for folds. */
  FoldSignal signal();
}
