package io.walcast.registry;

import java.time.Duration;

/**
 * What a {@link SwapPolicy} decides on.
 *
 * @param frames committed frames in the current segment, at least 1
 * @param age time since the first of them was committed
 * @param segmentsInFlight sealed segments that are not durable yet
 * @param sinceSwap time since the last swap ended; since the log was opened where there was none
 * @param swapTook how long the last swap took; zero where there was none
 */
public record SwapContext(
    long frames, Duration age, int segmentsInFlight, Duration sinceSwap, Duration swapTook) {}
