package io.walcast.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Stock SQLite in another process, for use as the application that owns a database or as a reader
 * of a replica. The calling JVM never loads SQLite.
 *
 * <p>Any thread may call any method. Each {@link SqliteConnection} is served by a thread of its own
 * in the other process: calls on one connection queue up, calls on different ones do not.
 *
 * <p>Closing or killing the process closes no connection in SQLite's sense, so no WAL is folded in;
 * {@link SqliteConnection#close()} is the orderly way. The same goes for the path-based checks
 * here: they open and close a connection, and the last one of a database to close folds the WAL in.
 */
public final class SqliteProcess implements AutoCloseable {
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(5);
  private static final int BUSY_TIMEOUT_MS = 5_000;

  private final Map<String, CompletableFuture<String[]>> pending = new ConcurrentHashMap<>();
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong connections = new AtomicLong();
  private final JavaProcess child;
  private final PrintStream requestLines;
  private final NativeLibraryDirectory libraries;

  private SqliteProcess(JavaProcess child, NativeLibraryDirectory libraries) {
    this.child = child;
    this.libraries = libraries;
    this.requestLines =
        new PrintStream(child.process().getOutputStream(), true, StandardCharsets.UTF_8);
    Thread reader = new Thread(this::readResponses, "sqlite-process-" + child.pid());
    reader.setDaemon(true);
    reader.start();
  }

  public static SqliteProcess start() {
    return start(512);
  }

  /**
   * @param heapMegabytes the ceiling of the child's heap; {@link #pageImage} needs about twice the
   *     size of the database
   */
  public static SqliteProcess start(int heapMegabytes) {
    NativeLibraryDirectory libraries = NativeLibraryDirectory.create();
    JavaProcess child =
        SqliteJvm.running(SqliteServer.class, libraries).jvm("-Xmx" + heapMegabytes + "m").start();
    return new SqliteProcess(child, libraries);
  }

  /** Opens a connection with a busy timeout of five seconds. */
  public SqliteConnection open(Path path) {
    return open(path.toString(), BUSY_TIMEOUT_MS);
  }

  /**
   * @param pathOrUri a path, or a SQLite URI such as {@code file:/tmp/a.db?mode=ro}
   */
  public SqliteConnection open(String pathOrUri, int busyTimeoutMs) {
    String id = Long.toString(connections.incrementAndGet());
    call(id, WireFormat.OPEN, pathOrUri, Integer.toString(busyTimeoutMs));
    return new SqliteConnection(this, id);
  }

  /** {@link SqliteConnection#dumpHash()} through a connection of its own. */
  public String dumpHash(Path path) {
    try (SqliteConnection connection = open(path)) {
      return connection.dumpHash();
    }
  }

  /** {@link SqliteConnection#pageImage()} through a connection of its own. */
  public PageImage pageImage(Path path) {
    try (SqliteConnection connection = open(path)) {
      return connection.pageImage();
    }
  }

  /** {@link SqliteConnection#integrityCheck()} through a connection of its own. */
  public List<String> integrityCheck(Path path) {
    try (SqliteConnection connection = open(path)) {
      return connection.integrityCheck();
    }
  }

  public long pid() {
    return child.pid();
  }

  public boolean isAlive() {
    return child.isAlive();
  }

  /** SIGKILL; calls in flight and later ones fail with {@link SqliteException#PROCESS_GONE}. */
  public void kill() {
    child.kill();
    libraries.delete();
  }

  /** The same as {@link #kill()}. */
  @Override
  public void close() {
    kill();
  }

  /** Sends one request and waits for its rows; fields of a row are still encoded. */
  List<List<String>> call(String connection, String verb, String... arguments) {
    String id = Long.toString(requests.incrementAndGet());
    CompletableFuture<String[]> answer = new CompletableFuture<>();
    pending.put(id, answer);
    requestLines.println(
        Stream.concat(Stream.of(id, connection, verb), Stream.of(arguments).map(WireFormat::field))
            .collect(Collectors.joining("\t")));
    // After the line and not before: whichever of this and the reader's sweep comes last sees both.
    if (!child.isAlive()) {
      failPending();
    }
    return rows(await(answer, verb));
  }

  private String[] await(CompletableFuture<String[]> answer, String verb) {
    try {
      return answer.get(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SqliteException(SqliteException.PROCESS_GONE, "interrupted during " + verb);
    } catch (TimeoutException e) {
      throw new SqliteException(
          SqliteException.PROCESS_GONE, "no answer to " + verb + " in " + ANSWER_TIMEOUT);
    } catch (ExecutionException e) {
      throw new SqliteException(SqliteException.PROCESS_GONE, e.getCause().getMessage());
    }
  }

  private static List<List<String>> rows(String[] answer) {
    if (answer[1].equals("err")) {
      throw new SqliteException(Integer.parseInt(answer[2]), WireFormat.value(answer[3]));
    }
    return Stream.of(answer).skip(2).map(WireFormat::values).collect(Collectors.toList());
  }

  private void readResponses() {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(child.process().getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] answer = line.split("\t");
        CompletableFuture<String[]> waiting = pending.remove(answer[0]);
        if (waiting != null) {
          waiting.complete(answer);
        }
      }
      child.exitsWithin(Duration.ofSeconds(10));
    } catch (IOException e) {
      // The stream of a killed process is closed under the reader, and that before it has died.
      if (!child.exitsWithin(Duration.ofSeconds(10))) {
        throw new UncheckedIOException(e);
      }
    } finally {
      failPending();
    }
  }

  private void failPending() {
    for (String id : pending.keySet()) {
      CompletableFuture<String[]> waiting = pending.remove(id);
      if (waiting != null) {
        waiting.completeExceptionally(new IllegalStateException(child + " is gone"));
      }
    }
  }
}
