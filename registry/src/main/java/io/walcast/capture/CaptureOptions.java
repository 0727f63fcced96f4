package io.walcast.capture;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How a database is captured.
 *
 * @param walHold whether the last close of the application is held off
 * @param minimumEpoch an epoch known to have been used for the namespace, so that the next one is
 *     higher; unsigned, 0 if none is known
 * @param published how far a log of the namespace is known to be published: one that ends before it
 *     is an older copy and is not continued
 * @param maxWaitingBytes most bytes of segments that wait for storage; beyond it they are dropped
 *     and replaced by a resync later
 * @param snapshotPartBytes a snapshot of a larger database is taken in parts of this size
 * @param lookInterval time between looks at the paths: files replaced, deleted, created
 * @param retryInterval time between attempts for a database that is refused or absent
 * @param restAfter time without commits after which a database rests that storage has all of: its
 *     log is closed, and its paths are looked at each {@code restLookInterval} only
 * @param restLookInterval time between looks at the paths of a database at rest, unless {@link
 *     DatabaseCapture#lookSoon} asks for one
 * @param switchJournalMode whether a database with a rollback journal is put into WAL mode
 */
public record CaptureOptions(
    WalHold walHold,
    int minimumEpoch,
    Optional<PublishedFrame> published,
    long maxWaitingBytes,
    long snapshotPartBytes,
    Duration lookInterval,
    Duration retryInterval,
    Duration restAfter,
    Duration restLookInterval,
    boolean switchJournalMode) {

  /** Longer than any process lives. */
  static final Duration NEVER = Duration.ofDays(100_000);

  /** Checks the values. */
  public CaptureOptions {
    Objects.requireNonNull(walHold, "walHold");
    if (maxWaitingBytes <= 0) {
      throw new IllegalArgumentException("limit of " + maxWaitingBytes + " bytes");
    }
    if (snapshotPartBytes <= 0) {
      throw new IllegalArgumentException("parts of " + snapshotPartBytes + " bytes");
    }
    if (lookInterval.isNegative() || lookInterval.isZero()) {
      throw new IllegalArgumentException("look interval " + lookInterval + " is not positive");
    }
    if (retryInterval.compareTo(lookInterval) < 0) {
      throw new IllegalArgumentException(
          "retry interval " + retryInterval + " is shorter than look interval " + lookInterval);
    }
  }

  /**
   * {@link WalHold#AUTO}, no known epoch, no limit, parts of 64 MiB, a look each 50 ms, a retry
   * each second, no rest.
   */
  public static CaptureOptions defaults() {
    return new CaptureOptions(
        WalHold.AUTO,
        0,
        Optional.empty(),
        Long.MAX_VALUE,
        64L << 20,
        Duration.ofMillis(50),
        Duration.ofSeconds(1),
        NEVER,
        Duration.ofMillis(50),
        false);
  }

  /** The same with another hold. */
  public CaptureOptions withWalHold(WalHold hold) {
    return with(hold, minimumEpoch, published, maxWaitingBytes);
  }

  /** The same with another known epoch. */
  public CaptureOptions withMinimumEpoch(int epoch) {
    return with(walHold, epoch, published, maxWaitingBytes);
  }

  /** The same with a frame known to be published. */
  public CaptureOptions withPublished(PublishedFrame frame) {
    return with(walHold, minimumEpoch, Optional.of(frame), maxWaitingBytes);
  }

  /** The same with another limit. */
  public CaptureOptions withMaxWaitingBytes(long bytes) {
    return with(walHold, minimumEpoch, published, bytes);
  }

  /** The same with parts of another size. */
  public CaptureOptions withSnapshotPartBytes(long bytes) {
    return new CaptureOptions(
        walHold,
        minimumEpoch,
        published,
        maxWaitingBytes,
        bytes,
        lookInterval,
        retryInterval,
        restAfter,
        restLookInterval,
        switchJournalMode);
  }

  private CaptureOptions with(
      WalHold hold, int epoch, Optional<PublishedFrame> frame, long waitingBytes) {
    return new CaptureOptions(
        hold,
        epoch,
        frame,
        waitingBytes,
        snapshotPartBytes,
        lookInterval,
        retryInterval,
        restAfter,
        restLookInterval,
        switchJournalMode);
  }

  /** The same with other times between looks. */
  public CaptureOptions withLooks(Duration look, Duration retry) {
    return new CaptureOptions(
        walHold,
        minimumEpoch,
        published,
        maxWaitingBytes,
        snapshotPartBytes,
        look,
        retry,
        restAfter,
        restLookInterval,
        switchJournalMode);
  }

  /** The same with another rest. */
  public CaptureOptions withRest(Duration after, Duration look) {
    return new CaptureOptions(
        walHold,
        minimumEpoch,
        published,
        maxWaitingBytes,
        snapshotPartBytes,
        lookInterval,
        retryInterval,
        after,
        look,
        switchJournalMode);
  }

  /** The same, with databases switched to WAL mode or not. */
  public CaptureOptions withJournalModeSwitch(boolean wanted) {
    return new CaptureOptions(
        walHold,
        minimumEpoch,
        published,
        maxWaitingBytes,
        snapshotPartBytes,
        lookInterval,
        retryInterval,
        restAfter,
        restLookInterval,
        wanted);
  }
}
