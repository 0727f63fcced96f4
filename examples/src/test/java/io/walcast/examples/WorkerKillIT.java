package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.BrokerProcess;
import io.walcast.testkit.InvariantReader;
import io.walcast.testkit.WriterWorkload;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills and restarts in the middle of the main job. At no time a reader of the replica sees a
 * broken invariant or an earlier state after a later one, and at the end all is equal.
 */
class WorkerKillIT {

  private static final int KILLS = Integer.getInteger("walcast.kills", 3);

  @TempDir Path brokerDirectory;
  @TempDir Path directory;

  @Test
  void killingTheWorkerAtRandomMomentsLosesNothingAndRepeatsNothingVisible() throws Exception {
    long seed = Long.getLong("walcast.seed", System.nanoTime());
    System.out.println("kills of the worker, seed " + seed);
    Random random = new Random(seed);
    try (BrokerProcess broker = BrokerProcess.start(brokerDirectory);
        Pipeline pipeline = Pipeline.start(directory, "kills", broker);
        WriterWorkload writer = writer(pipeline, seed);
        InvariantReader reader = InvariantReader.start(pipeline.replica("db"))) {
      pipeline.createConnectors();
      reader.awaitN(1, Pipeline.PATIENCE);
      for (int kill = 0; kill < KILLS; kill++) {
        // The replica moves on; some more commits later, anywhere in the work, the worker dies.
        reader.awaitN(reader.lastN() + 1, Pipeline.PATIENCE);
        writer.awaitCommits(writer.commits() + random.nextInt(200));
        pipeline.worker().kill();
        writer.awaitCommits(writer.commits() + random.nextInt(50));
        pipeline.worker().start();
      }
      reader.awaitN(reader.lastN() + 1, Pipeline.PATIENCE);
      finish(pipeline, writer, reader);
    }
  }

  @Test
  void stoppingAndKillingTheBrokerOnlyDelays() throws Exception {
    long seed = System.nanoTime();
    try (BrokerProcess broker = BrokerProcess.start(brokerDirectory);
        Pipeline pipeline = Pipeline.start(directory, "broker", broker);
        WriterWorkload writer = writer(pipeline, seed);
        InvariantReader reader = InvariantReader.start(pipeline.replica("db"))) {
      pipeline.createConnectors();
      reader.awaitN(1, Pipeline.PATIENCE);
      broker.stop();
      writer.awaitCommits(writer.commits() + 100); // the application does not notice
      broker.restart();
      reader.awaitN(reader.lastN() + 1, Pipeline.PATIENCE);
      broker.kill();
      writer.awaitCommits(writer.commits() + 100);
      broker.restart();
      reader.awaitN(reader.lastN() + 1, Pipeline.PATIENCE);
      finish(pipeline, writer, reader);
    }
  }

  private static WriterWorkload writer(Pipeline pipeline, long seed) throws Exception {
    WriterWorkload writer =
        WriterWorkload.start(
            WriterWorkload.Options.of(pipeline.database("db"), seed).withPauseMicros(2000));
    writer.awaitCommits(10);
    return writer;
  }

  private static void finish(Pipeline pipeline, WriterWorkload writer, InvariantReader reader)
      throws Exception {
    writer.finish();
    pipeline.assertReplicaBecomesEqual("db");
    InvariantReader.Result seen = reader.finish();
    assertThat(seen.findings()).isEmpty();
    assertThat(seen.reads()).isPositive();
  }
}
