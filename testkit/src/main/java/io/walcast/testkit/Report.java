package io.walcast.testkit;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Named whole numbers that a child process reports, as one line of JSON. The children have no JSON
 * library on their class path, and need none for this. Not thread-safe while being filled.
 */
final class Report {
  private static final Pattern MEMBER = Pattern.compile("\"(\\w+)\":(-?\\d+)");

  private final Map<String, Long> numbers = new LinkedHashMap<>();

  Report with(String name, long number) {
    numbers.put(name, number);
    return this;
  }

  void count(String name) {
    numbers.merge(name, 1L, Long::sum);
  }

  /** 0 for a name that was never reported. */
  long get(String name) {
    return numbers.getOrDefault(name, 0L);
  }

  String toJson() {
    return numbers.entrySet().stream()
        .map(e -> '"' + e.getKey() + "\":" + e.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }

  static Report parse(String json) {
    Report report = new Report();
    Matcher members = MEMBER.matcher(json);
    while (members.find()) {
      report.with(members.group(1), Long.parseLong(members.group(2)));
    }
    return report;
  }
}
