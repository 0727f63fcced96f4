/**
 * Capture of what stock SQLite commits in other processes, by SQLite's own locks.
 *
 * <p>{@link io.walcast.capture.DatabaseCapture} has the states. It puts together: {@code
 * UnusedDatabase} for a database that nobody has open; {@code AttachedDatabase} for one that is in
 * use, with {@code ReadSlots} that keep its WAL from being reset unseen, {@code WalFollower} that
 * carries transactions over and audits that none is missing, and {@code AttachedSnapshot} for when
 * that cannot be proven; {@code CaptureLog}, the log and the position in it.
 */
package io.walcast.capture;
