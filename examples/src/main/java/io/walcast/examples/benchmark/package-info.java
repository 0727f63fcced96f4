/**
 * The smallest possible connectors, and a benchmark that runs Walcast's beside them: same broker,
 * same worker, same record size, same client settings, so that only the ratio counts.
 */
package io.walcast.examples.benchmark;
