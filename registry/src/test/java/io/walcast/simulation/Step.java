package io.walcast.simulation;

import java.util.function.BooleanSupplier;

/**
 * Something that may happen: one call of the registry's API, or an event around it.
 *
 * @param isPossible whether it makes sense now, and would not wait for a call that is running
 */
record Step(String name, Kind kind, BooleanSupplier isPossible, IoCall action) {}
