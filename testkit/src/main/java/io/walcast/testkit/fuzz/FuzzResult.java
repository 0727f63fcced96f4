package io.walcast.testkit.fuzz;

import java.util.Optional;

/**
 * What came of a run.
 *
 * @param executions inputs tried
 * @param unsupported why nothing could be run on this platform
 * @param finding what failed, with the input
 */
public record FuzzResult(long executions, Optional<String> unsupported, Optional<String> finding) {}
