package io.walcast.examples;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Lays out the state of the namespaces as lines of text. Stateless. */
final class StatusTable {
  private static final int NAME_WIDTH = 28;
  private static final int MAX_LINES = 20;
  private static final String FORMAT = "  %-" + NAME_WIDTH + "s %10s %10s %10s %8s %8s  %s";

  private StatusTable() {}

  /**
   * A heading, a line for each namespace, and what was left out; those that lag most come first.
   */
  static List<String> lines(List<NamespaceStatus> all) {
    List<String> lines = new ArrayList<>();
    lines.add(
        row("namespace", "committed", "published", "applied", "lag", "lag ms", "").stripTrailing());
    List<NamespaceStatus> shown = mostInteresting(all);
    shown.forEach(status -> lines.add(line(status)));
    if (shown.size() < all.size()) {
      long behind = all.stream().filter(status -> status.lagFrames() > 0).count();
      lines.add(
          "  ... of %d namespaces; %d behind, %d refused"
              .formatted(
                  all.size(), behind, all.stream().filter(NamespaceStatus::isRefused).count()));
    }
    return lines;
  }

  /** One line without a heading, for output that is read later. */
  static String sentence(NamespaceStatus status) {
    String state =
        String.format(
            Locale.ROOT,
            "  %s: committed %d, published %s, applied %s, behind %d frames, %d ms",
            cut(status.namespace()),
            status.committedFrame(),
            known(status.durableFrame()),
            known(status.appliedFrame()),
            status.lagFrames(),
            status.lagMs());
    return status.reason().isEmpty() ? state : state + "; " + remark(status);
  }

  /** Those that are sentences worth printing: at most as many as a table has lines. */
  static List<NamespaceStatus> mostInteresting(List<NamespaceStatus> all) {
    if (all.size() <= MAX_LINES) {
      return all;
    }
    return all.stream()
        .sorted(
            Comparator.comparing((NamespaceStatus status) -> status.reason().isEmpty())
                .thenComparing(NamespaceStatus::lagFrames, Comparator.reverseOrder())
                .thenComparing(NamespaceStatus::committedFrame, Comparator.reverseOrder()))
        .limit(MAX_LINES)
        .toList();
  }

  private static String line(NamespaceStatus status) {
    return row(
            cut(status.namespace()),
            Long.toString(status.committedFrame()),
            known(status.durableFrame()),
            known(status.appliedFrame()),
            Long.toString(status.lagFrames()),
            Long.toString(status.lagMs()),
            remark(status))
        .stripTrailing();
  }

  /** The connectors say 0 until something happens, also of a replica that holds everything. */
  private static String known(long frame) {
    return frame == 0 ? "-" : Long.toString(frame);
  }

  private static String remark(NamespaceStatus status) {
    if (status.reason().isEmpty()) {
      return "";
    }
    String state = status.isRefused() ? status.sourceState() : status.sinkState();
    return (state.isEmpty() ? status.sourceState() : state) + ": " + status.reason();
  }

  private static String row(Object... cells) {
    return String.format(Locale.ROOT, FORMAT, cells);
  }

  private static String cut(String name) {
    return name.length() <= NAME_WIDTH
        ? name
        : "..." + name.substring(name.length() - NAME_WIDTH + 3);
  }
}
