package io.walcast.testkit;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.sqlite.SQLiteException;

/**
 * The main of the child process behind {@link SqliteProcess}: reads requests from standard input
 * (see {@link WireFormat}) and serves each connection on its own thread, so that one may sit in a
 * long statement while another goes on. Ends when standard input does, however that came about.
 */
final class SqliteServer {
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final Map<String, ExecutorService> threads = new ConcurrentHashMap<>();
  private final PrintStream out;

  private SqliteServer(PrintStream out) {
    this.out = out;
  }

  public static void main(String[] args) throws IOException {
    PrintStream protocol =
        new PrintStream(
            new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8.name());
    // Whatever a library prints must not end up between two responses.
    System.setOut(System.err);
    SqliteServer server = new SqliteServer(protocol);
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        server.accept(line.split("\t"));
      }
    }
    NativeLibraryDirectory.ofThisJvm().delete();
    // No orderly close: a parent that is gone must not make SQLite fold its WAL.
    Runtime.getRuntime().halt(0);
  }

  private void accept(String[] request) {
    threads
        .computeIfAbsent(request[1], connection -> Executors.newSingleThreadExecutor())
        .execute(() -> answer(request));
  }

  private void answer(String[] request) {
    String response;
    try {
      response = "ok" + serve(request[1], request[2], request);
    } catch (SQLiteException e) {
      response = error(e.getResultCode().code, e.getMessage());
    } catch (SQLException | RuntimeException | OutOfMemoryError e) {
      response = error(1, e.toString());
    }
    synchronized (out) {
      out.println(request[0] + "\t" + response);
    }
  }

  private String serve(String connection, String verb, String[] request) throws SQLException {
    if (verb.equals(WireFormat.OPEN)) {
      sessions.put(
          connection, Session.open(argument(request, 0), Integer.parseInt(argument(request, 1))));
      return "";
    }
    Session session = sessions.get(connection);
    if (session == null) {
      throw new SQLException("connection " + connection + " is not open");
    }
    switch (verb) {
      case WireFormat.EXECUTE:
        session.execute(argument(request, 0));
        return "";
      case WireFormat.QUERY:
        return rows(session.query(argument(request, 0)));
      case WireFormat.DUMP_HASH:
        return rows(List.of(List.of(session.dumpHash())));
      case WireFormat.PAGE_HASHES:
        return rows(List.of(session.pageHashes()));
      case WireFormat.CLOSE:
        sessions.remove(connection);
        session.close();
        threads.remove(connection).shutdown();
        return "";
      default:
        throw new SQLException("unknown request " + verb);
    }
  }

  private static String argument(String[] request, int index) {
    return WireFormat.value(request[3 + index]);
  }

  private static String rows(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    rows.forEach(row -> text.append('\t').append(WireFormat.row(row)));
    return text.toString();
  }

  private static String error(int code, String message) {
    return "err\t" + code + "\t" + WireFormat.field(message);
  }
}
