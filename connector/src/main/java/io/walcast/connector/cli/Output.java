package io.walcast.connector.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/**
 * Rows for a person, as a table, or for a script, as one JSON object a line. Problems go to the
 * error output. For one thread.
 */
final class Output {

  @Option(names = "--json", description = "One JSON object a line.")
  private boolean json;

  @Spec(Target.MIXEE)
  private CommandSpec command;

  private final List<ObjectNode> rows = new ArrayList<>();

  /** A new row. */
  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** Writes a row; all rows of a table have the same fields. */
  void row(ObjectNode row) {
    if (json) {
      command.commandLine().getOut().println(row);
    } else {
      rows.add(row); // the width of a column is known when all rows are
    }
  }

  /** Writes what is wrong. */
  void problems(List<String> problems) {
    problems.forEach(problem -> command.commandLine().getErr().println("walcast: " + problem));
  }

  /** Writes the table, if it is one. */
  void end() {
    if (!rows.isEmpty()) {
      List<String> names = new ArrayList<>();
      rows.get(0).fieldNames().forEachRemaining(names::add);
      int[] widths = new int[names.size()];
      for (int i = 0; i < widths.length; i++) {
        widths[i] = names.get(i).length();
        for (ObjectNode row : rows) {
          widths[i] = Math.max(widths[i], text(row.get(names.get(i))).length());
        }
      }
      print(names, widths);
      for (ObjectNode row : rows) {
        print(names.stream().map(name -> text(row.get(name))).toList(), widths);
      }
      rows.clear();
    }
    command.commandLine().getOut().flush();
  }

  /** Writes an object, one field a line. */
  void fields(ObjectNode fields) {
    if (json) {
      row(fields);
    } else {
      for (Map.Entry<String, JsonNode> field : fields.properties()) {
        command.commandLine().getOut().printf("%-20s %s%n", field.getKey(), text(field.getValue()));
      }
    }
    command.commandLine().getOut().flush();
  }

  private void print(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      line.append(cells.get(i)).append(" ".repeat(widths[i] - cells.get(i).length() + 2));
    }
    command.commandLine().getOut().println(line.toString().stripTrailing());
  }

  private static String text(JsonNode value) {
    return value == null ? "" : value.asText();
  }
}
