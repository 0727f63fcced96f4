package io.walcast.capture;

import java.util.EnumMap;
import java.util.Map;

/** What one capture has done so far. Written by its thread, read by any. */
final class CaptureCounters {

  private long commits;
  private long frames;
  private long snapshots;
  private long differences;
  private final Map<ResyncReason, Long> resyncs = new EnumMap<>(ResyncReason.class);

  synchronized void committed(int moreCommits, int moreFrames) {
    commits += moreCommits;
    frames += moreFrames;
  }

  synchronized long commits() {
    return commits;
  }

  synchronized void resynced(ResyncReason reason, boolean byDifference) {
    if (byDifference) {
      differences++;
    } else {
      snapshots++;
    }
    resyncs.merge(reason, 1L, Long::sum);
  }

  synchronized CaptureStatus status(
      CaptureState state, Refusal refusal, String detail, long committedFrameNo) {
    return new CaptureStatus(
        state,
        refusal,
        detail,
        committedFrameNo,
        commits,
        frames,
        snapshots,
        differences,
        Map.copyOf(resyncs));
  }
}
