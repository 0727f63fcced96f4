package io.walcast.benchmarks;

import io.walcast.replication.Injector;
import java.io.IOException;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** As {@link AppendBenchmark}, with frames that come under their own numbers, highest first. */
@State(Scope.Thread)
@OperationsPerInvocation(AppendBenchmark.PAGES)
public class InjectBenchmark extends AppendBenchmark {

  private Injector injector;

  /** Begins to inject. */
  @Setup(Level.Invocation)
  public void begin() {
    injector = new Injector(wal);
  }

  @Override
  void transaction(int firstPage) throws IOException {
    long before = wal.lastCommittedFrameNo();
    injector.begin();
    for (int i = 0; i < perTransaction; i++) {
      injector.insert(before + perTransaction - i, firstPage + i, pages[i % pages.length].rewind());
    }
    injector.commit(Logs.SIZE_PAGES);
  }
}
