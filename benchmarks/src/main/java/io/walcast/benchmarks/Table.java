package io.walcast.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.openjdk.jmh.results.RunResult;

/** The figures of some rounds and their medians. */
final class Table {

  private static final String LIMIT = "limit";

  /** Nanoseconds for each operation in one round: the best iteration's, and processor time. */
  private record Figure(double nanos, double cpuNanos) {

    static Figure of(RunResult result) {
      int operations = result.getParams().getOpsPerInvocation();
      double cpuNanos = result.getSecondaryResults().get("cpuNanos").getScore();
      double invocations = result.getSecondaryResults().get("invocations").getScore();
      return new Figure(
          result.getPrimaryResult().getStatistics().getMin(), cpuNanos / invocations / operations);
    }
  }

  /** One benchmark with its parameters, round by round. */
  private record Row(List<Figure> figures, List<Figure> limits) {

    double median(List<Figure> of, Function<Figure, Double> what) {
      return middle(of.stream().map(what).sorted().toList());
    }

    /** The limit over the figure in each round, in ascending order. */
    List<Double> ratios(Function<Figure, Double> what) {
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < figures.size(); i++) {
        ratios.add(what.apply(limits.get(i)) / what.apply(figures.get(i)));
      }
      return ratios.stream().sorted().toList();
    }
  }

  private final Map<String, Row> rows = new LinkedHashMap<>();

  /** Adds what one round gave. */
  void add(Collection<RunResult> results) {
    for (RunResult result : results) {
      String benchmark = result.getParams().getBenchmark();
      int dot = benchmark.lastIndexOf('.');
      StringBuilder name =
          new StringBuilder(benchmark.substring(benchmark.lastIndexOf('.', dot - 1) + 1, dot));
      for (String key : result.getParams().getParamsKeys()) {
        name.append(", ").append(key).append(' ').append(result.getParams().getParam(key));
      }
      Row row =
          rows.computeIfAbsent(
              name.toString(), absent -> new Row(new ArrayList<>(), new ArrayList<>()));
      boolean isLimit = benchmark.substring(dot + 1).equals(LIMIT);
      (isLimit ? row.limits() : row.figures()).add(Figure.of(result));
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    line(text, "", "elapsed", "", "", "", "processor", "", "", "");
    line(text, "benchmark", "ns", "limit", "ratio", "range", "ns", "limit", "ratio", "range");
    rows.forEach(
        (name, row) -> {
          List<String> columns = new ArrayList<>();
          addColumns(columns, row, Figure::nanos);
          addColumns(columns, row, Figure::cpuNanos);
          line(text, name, columns.toArray(String[]::new));
        });
    return text.toString();
  }

  private static void addColumns(List<String> columns, Row row, Function<Figure, Double> what) {
    List<Double> ratios = row.ratios(what);
    columns.add(String.format(Locale.ROOT, "%,.0f", row.median(row.figures(), what)));
    columns.add(String.format(Locale.ROOT, "%,.0f", row.median(row.limits(), what)));
    columns.add(String.format(Locale.ROOT, "%.2f", middle(ratios)));
    columns.add(
        String.format(Locale.ROOT, "%.2f-%.2f", ratios.get(0), ratios.get(ratios.size() - 1)));
  }

  private static double middle(List<Double> sorted) {
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static void line(StringBuilder text, String name, String... columns) {
    text.append(String.format(Locale.ROOT, "%-42s", name));
    for (String column : columns) {
      text.append(String.format(Locale.ROOT, "%11s", column));
    }
    text.append(System.lineSeparator());
  }
}
