package io.walcast.sqlite;

/**
 * What a live database has done since it was opened.
 *
 * @param transactions transactions applied
 * @param frames WAL frames written for them
 * @param resets times the WAL was started over
 * @param resetsBusy times it could have been, but for readers
 * @param checkpointFailures checkpoints that failed after a transaction had been applied
 * @param limitWaits transactions that waited because the WAL had reached its limit
 */
public record LiveCounters(
    long transactions,
    long frames,
    long resets,
    long resetsBusy,
    long checkpointFailures,
    long limitWaits) {}
