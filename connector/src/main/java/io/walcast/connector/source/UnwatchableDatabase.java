package io.walcast.connector.source;

import java.io.IOException;
import java.util.Map;

/** A database that was found but cannot be begun to be captured, and says why at every look. */
final class UnwatchableDatabase implements WatchedDatabase {

  private final String reason;

  UnwatchableDatabase(String reason) {
    this.reason = reason;
  }

  @Override
  public boolean poll() throws IOException {
    throw new IOException(reason);
  }

  @Override
  public boolean isResting() {
    return false;
  }

  @Override
  public void lookSoon() {
    // it would say the same
  }

  @Override
  public void requestSnapshot() {
    // there will be none, as the status says
  }

  @Override
  public DatabaseStatus status() {
    return new DatabaseStatus("REFUSED", reason, true, 0, 0, 0, 0, Map.of());
  }

  @Override
  public long durableFrameNo() {
    return 0;
  }

  @Override
  public void close() {
    // nothing was opened
  }
}
