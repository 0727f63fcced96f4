package io.walcast.connector.sink;

import io.walcast.segment.Namespace;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns record keys into namespaces and reports those that are none: each name at most once a
 * minute, and never more than {@value #MAX_REMEMBERED} remembered, whatever arrives. When more
 * different names than that arrive within a minute, the rest is only counted until the minute is
 * over.
 *
 * <p>Used by the task's thread; {@link #refused()} by any.
 */
final class HostileNames {

  static final int MAX_REMEMBERED = 100;

  private static final Logger LOG = LoggerFactory.getLogger(HostileNames.class);
  private static final long SILENCE_NS = TimeUnit.MINUTES.toNanos(1);
  private static final int MAX_KEY_BYTES = 4 * Namespace.MAX_LENGTH;

  private final Map<String, Long> reportedAtNs = new LinkedHashMap<>();
  private final AtomicLong refused = new AtomicLong();
  private final LongSupplier nanoClock;
  private long reported;

  HostileNames(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** The namespace that a key names; empty, counted and reported, if it names none. */
  Optional<Namespace> namespace(Object key, RecordOrigin origin) {
    if (!(key instanceof byte[] bytes)) {
      String type = key == null ? "null" : key.getClass().getName();
      report(type, "the key is " + type + ", not bytes: set key.converter", origin);
      return Optional.empty();
    }
    // A longer key cannot be valid; its beginning is enough to name it.
    int length = Math.min(bytes.length, MAX_KEY_BYTES);
    String name = new String(bytes, 0, length, StandardCharsets.UTF_8);
    if (bytes.length > length || !Namespace.isValid(name)) {
      report(name, "the key is not a namespace: " + Namespace.printable(name), origin);
      return Optional.empty();
    }
    return Optional.of(new Namespace(name));
  }

  /** Records refused so far. */
  long refused() {
    return refused.get();
  }

  /** Records that made a line in the log. */
  long reported() {
    return reported;
  }

  /** Names kept in memory. */
  int remembered() {
    return reportedAtNs.size();
  }

  private void report(String name, String problem, RecordOrigin origin) {
    refused.incrementAndGet();
    long now = nanoClock.getAsLong();
    reportedAtNs.values().removeIf(at -> now - at >= SILENCE_NS);
    if (reportedAtNs.size() < MAX_REMEMBERED && reportedAtNs.putIfAbsent(name, now) == null) {
      reported++;
      LOG.error("Record at {} is quarantined, nothing is applied from it: {}", origin, problem);
    }
  }
}
