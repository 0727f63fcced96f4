package io.walcast.capture;

import java.util.Map;

/**
 * What the capture of one database has done, at one moment.
 *
 * @param state where it stands
 * @param refusal why it is refused, or {@code null}
 * @param detail the refusal in words; empty if there is none
 * @param committedFrameNo last frame in the log that commits; 0 if there is none
 * @param commits transactions captured since this object was made, without resyncs
 * @param frames frames captured with them
 * @param snapshots resyncs since this object was made that wrote every page
 * @param differences resyncs that wrote the pages which differed, if any did
 * @param resyncs both, by reason
 */
public record CaptureStatus(
    CaptureState state,
    Refusal refusal,
    String detail,
    long committedFrameNo,
    long commits,
    long frames,
    long snapshots,
    long differences,
    Map<ResyncReason, Long> resyncs) {}
