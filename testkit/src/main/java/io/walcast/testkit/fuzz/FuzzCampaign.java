package io.walcast.testkit.fuzz;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs Jazzer over several targets, two at a time. The seconds that each gets are the system
 * property {@code walcast.fuzz.seconds}. Any thread may ask for results.
 */
public final class FuzzCampaign implements AutoCloseable {

  private static final int AT_ONCE = 2;
  private static final int DEFAULT_SECONDS = 8;

  private final ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
  private final Map<Class<?>, Future<FuzzResult>> runs = new LinkedHashMap<>();

  /**
   * Starts.
   *
   * @param directory where each run gets a directory
   */
  public FuzzCampaign(List<Class<? extends FuzzTarget>> targets, Path directory) throws Exception {
    this(targets, Integer.getInteger("walcast.fuzz.seconds", DEFAULT_SECONDS), directory);
  }

  FuzzCampaign(List<Class<? extends FuzzTarget>> targets, int seconds, Path directory)
      throws Exception {
    for (Class<? extends FuzzTarget> target : targets) {
      Path own = Files.createDirectories(directory.resolve(target.getSimpleName()));
      runs.put(target, pool.submit(() -> new JazzerRun(target, seconds, own).run()));
    }
  }

  /** Waits for the run over a target. */
  public FuzzResult result(Class<? extends FuzzTarget> target)
      throws InterruptedException, ExecutionException {
    return runs.get(target).get();
  }

  /** Starts no further run, and ends those under way. */
  @Override
  public void close() {
    pool.shutdownNow();
  }
}
