package io.walcast.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;

/** The figures of some rounds, the best iteration of each, and their medians. */
final class Table {

  private static final String FIGURE = "walcast";
  private static final String LIMIT = "limit";

  /** Nanoseconds of each round: by benchmark and parameters, then by method. */
  private final Map<String, Map<String, List<Double>>> rows = new LinkedHashMap<>();

  /** Adds what one round gave. */
  void add(Collection<RunResult> results) {
    for (RunResult result : results) {
      String benchmark = result.getParams().getBenchmark();
      int dot = benchmark.lastIndexOf('.');
      StringBuilder row =
          new StringBuilder(benchmark.substring(benchmark.lastIndexOf('.', dot - 1) + 1, dot));
      for (String key : result.getParams().getParamsKeys()) {
        row.append(", ").append(key).append(' ').append(result.getParams().getParam(key));
      }
      rows.computeIfAbsent(row.toString(), name -> new LinkedHashMap<>())
          .computeIfAbsent(benchmark.substring(dot + 1), name -> new ArrayList<>())
          .add(result.getPrimaryResult().getStatistics().getMin());
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    line(text, "benchmark", "ns", "limit ns", "limit / ns", "from", "to");
    rows.forEach(
        (name, methods) -> {
          List<Double> ratios = ratios(methods.get(LIMIT), methods.get(FIGURE));
          line(
              text,
              name,
              number(median(methods.get(FIGURE))),
              number(median(methods.get(LIMIT))),
              ratio(median(ratios)),
              ratio(ratios.stream().min(Double::compare).orElseThrow()),
              ratio(ratios.stream().max(Double::compare).orElseThrow()));
        });
    return text.toString();
  }

  private static List<Double> ratios(List<Double> above, List<Double> below) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < above.size(); i++) {
      ratios.add(above.get(i) / below.get(i));
    }
    return ratios;
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static void line(StringBuilder text, String name, String... columns) {
    text.append(String.format(Locale.ROOT, "%-42s", name));
    for (String column : columns) {
      text.append(String.format(Locale.ROOT, "%12s", column));
    }
    text.append(System.lineSeparator());
  }
}
