/**
 * How fast and how small the registry is, each figure beside the least work that could do the same,
 * measured in the same run. {@link io.walcast.benchmarks.Main} runs them all.
 */
package io.walcast.benchmarks;
