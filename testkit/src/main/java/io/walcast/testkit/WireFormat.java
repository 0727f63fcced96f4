package io.walcast.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The text that {@link SqliteProcess} and {@link SqliteServer} exchange, one line each way.
 *
 * <pre>
 * request    id TAB connection TAB verb [ TAB field ]*
 * response   id TAB "ok"  [ TAB row ]*          row: fields joined with ','
 *            id TAB "err" TAB code TAB field
 * field      '=' base64(UTF-8)  |  '~' for NULL
 * </pre>
 *
 * <p>Stateless; any thread.
 */
final class WireFormat {
  static final String OPEN = "open";
  static final String CLOSE = "close";
  static final String EXECUTE = "execute";
  static final String QUERY = "query";
  static final String DUMP_HASH = "dumphash";
  static final String PAGE_HASHES = "pagehashes";

  private WireFormat() {}

  static String field(String value) {
    return value == null
        ? "~"
        : "=" + Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8));
  }

  static String value(String field) {
    return field.equals("~")
        ? null
        : new String(Base64.getDecoder().decode(field.substring(1)), StandardCharsets.UTF_8);
  }

  static String row(List<String> values) {
    StringBuilder row = new StringBuilder();
    for (String value : values) {
      row.append(row.length() == 0 ? "" : ",").append(field(value));
    }
    return row.toString();
  }

  /** May hold nulls, where SQLite answered NULL. */
  static List<String> values(String row) {
    List<String> values = new ArrayList<>();
    for (String field : row.split(",")) {
      values.add(value(field));
    }
    return values;
  }
}
