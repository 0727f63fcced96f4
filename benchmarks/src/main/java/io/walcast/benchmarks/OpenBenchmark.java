package io.walcast.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Time for each of 10,000 namespaces to be opened, new and unsynced; the limit makes as many
 * directories with a file of 68 bytes and leaves the files open.
 */
@State(Scope.Thread)
@OperationsPerInvocation(OpenBenchmark.NAMESPACES)
public class OpenBenchmark extends Pair {

  static final int NAMESPACES = 10_000;

  private final ByteBuffer header = Scratch.direct(68);
  private Scratch scratch;
  private Logs logs;
  private List<FileChannel> plain;

  /** Begins with nothing. */
  @Setup(Level.Iteration)
  public void begin() throws IOException {
    scratch = new Scratch();
    logs = new Logs(scratch);
    plain = new ArrayList<>();
  }

  /** Deletes everything. */
  @TearDown(Level.Iteration)
  public void close() throws IOException {
    for (FileChannel channel : plain) {
      channel.close();
    }
    logs.close();
    scratch.close();
  }

  /** Opens them all. */
  @Override
  void work() throws IOException {
    for (int i = 0; i < NAMESPACES; i++) {
      logs.open("namespace-" + i, new NoTarget());
    }
  }

  /** Makes directories and files. */
  @Override
  void leastWork() throws IOException {
    for (int i = 0; i < NAMESPACES; i++) {
      Path directory = Files.createDirectory(scratch.resolve("namespace-" + i));
      FileChannel channel = Scratch.emptied(directory.resolve("00000000000000000001.seg"));
      channel.write(header.rewind());
      plain.add(channel);
    }
  }
}
