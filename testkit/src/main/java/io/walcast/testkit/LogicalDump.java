package io.walcast.testkit;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Digests what a database says, whatever pages it says it with: user version, application id and
 * encoding, the schema's SQL in name order, and every row of every table in key order. Equal
 * digests mean equal content.
 *
 * <ul>
 *   <li>Texts count byte by byte and blobs as blobs, so that {@code '1'}, {@code 1}, {@code 1.0}
 *       and {@code x'31'} all differ, and so do texts that differ after a NUL character.
 *   <li>Rows of an ordinary table count with their rowid.
 *   <li>A virtual table counts through its schema and its shadow tables, which are ordinary.
 * </ul>
 *
 * <p>Runs inside {@link SqliteServer}, in a transaction that the caller holds. Used by one thread.
 */
final class LogicalDump {
  private final Connection connection;
  private final MessageDigest digest;

  LogicalDump(Connection connection) {
    this.connection = connection;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  String hash() throws SQLException {
    for (String pragma : List.of("user_version", "application_id", "encoding")) {
      add("PRAGMA " + pragma);
    }
    add("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name, tbl_name");
    for (List<String> table :
        rows(
            "SELECT name, wr FROM pragma_table_list WHERE schema = 'main'"
                + " AND type IN ('table', 'shadow') AND name NOT IN ('sqlite_schema')"
                + " ORDER BY name")) {
      add(selectAll(table.get(0), table.get(1).equals("1")));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private String selectAll(String table, boolean withoutRowid) throws SQLException {
    List<String> columns = new ArrayList<>();
    List<String> order = new ArrayList<>();
    // Generated columns (hidden 2 and 3) follow from the others but cost nothing to compare.
    for (List<String> column :
        rows(
            "SELECT name, pk FROM pragma_table_xinfo("
                + literal(table)
                + ") WHERE hidden <> 1 ORDER BY cid")) {
      columns.add(column.get(0));
    }
    for (List<String> column :
        rows(
            "SELECT name FROM pragma_table_xinfo("
                + literal(table)
                + ") WHERE pk > 0 ORDER BY pk")) {
      order.add(identifier(column.get(0)));
    }
    List<String> selected = columns.stream().map(LogicalDump::typed).collect(Collectors.toList());
    if (!withoutRowid) {
      String rowid = rowidName(columns);
      order = rowid == null ? new ArrayList<>(selected) : List.of(rowid);
      if (rowid != null) {
        selected.add(0, rowid);
      }
    }
    add("SELECT " + literal(table));
    return "SELECT "
        + String.join(", ", selected)
        + " FROM "
        + identifier(table)
        + " ORDER BY "
        + String.join(", ", order);
  }

  /** A column may take one of the rowid's names for itself; a table with all three hides it. */
  private static String rowidName(List<String> columns) {
    for (String name : List.of("rowid", "_rowid_", "oid")) {
      if (columns.stream().noneMatch(name::equalsIgnoreCase)) {
        return name;
      }
    }
    return null;
  }

  private static String typed(String column) {
    String name = identifier(column);
    return "CASE typeof("
        + name
        + ") WHEN 'text' THEN 't' || hex("
        + name
        + ") ELSE quote("
        + name
        + ") END";
  }

  private static String identifier(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  private static String literal(String text) {
    return '\'' + text.replace("'", "''") + '\'';
  }

  /** Streams the rows into the digest; lengths come first, so no two dumps can run together. */
  private void add(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        for (int i = 1; i <= columns; i++) {
          String value = result.getString(i);
          byte[] bytes = (value == null ? "~" : "=" + value).getBytes(StandardCharsets.UTF_8);
          digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
          digest.update(bytes);
        }
        digest.update((byte) '\n');
      }
    }
  }

  private List<List<String>> rows(String sql) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> row = new ArrayList<>(columns);
        for (int i = 1; i <= columns; i++) {
          row.add(result.getString(i));
        }
        rows.add(row);
      }
    }
    return rows;
  }
}
