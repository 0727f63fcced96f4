package io.walcast.capture;

import java.util.Objects;
import java.util.UUID;

/**
 * The last frame of a namespace that is known to have been published.
 *
 * @param logId log that the number counts in
 * @param frameNo its number; 0 if none was
 */
public record PublishedFrame(UUID logId, long frameNo) {

  /** Checks the values. */
  public PublishedFrame {
    Objects.requireNonNull(logId, "logId");
  }
}
