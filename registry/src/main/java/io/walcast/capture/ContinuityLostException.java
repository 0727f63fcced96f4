package io.walcast.capture;

/** What follows in the WAL cannot be proven to follow what was captured. Answered by a resync. */
final class ContinuityLostException extends Exception {

  private final ResyncReason reason;

  ContinuityLostException(ResyncReason reason, String detail) {
    super(detail);
    this.reason = reason;
  }

  ContinuityLostException(ResyncReason reason, Exception cause) {
    super(cause.getMessage(), cause);
    this.reason = reason;
  }

  ResyncReason reason() {
    return reason;
  }
}
