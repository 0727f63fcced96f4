package io.walcast.connector.source;

import io.walcast.capture.CaptureOptions;
import io.walcast.capture.DatabaseCapture;
import io.walcast.capture.DeletedLog;
import io.walcast.capture.PublishedFrame;
import io.walcast.capture.Remains;
import io.walcast.capture.WalHold;
import io.walcast.checkpoint.CheckpointOptions;
import io.walcast.checkpoint.Checkpointer;
import io.walcast.connector.announcer.AnnouncementRecord;
import io.walcast.connector.client.KafkaClients;
import io.walcast.io.Io;
import io.walcast.registry.RegistryOptions;
import io.walcast.registry.SwapPolicy;
import io.walcast.registry.WalRegistry;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that runs while a source task does: capture into the registry's logs, the queue of sealed
 * segments, and the checkpointer that deletes what Kafka has.
 *
 * <p>{@link #take} and {@link #close} are for the task's thread, {@link #committed} for any.
 */
final class CapturePipeline implements GoneDatabase.Outlet, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(CapturePipeline.class);

  /** Folding only remembers what Kafka has, and hurries nobody. */
  private static final Duration FOLD_REST = Duration.ofMillis(250);

  /** Sealing syncs: at most a ninth of the time, whatever the disk. */
  private static final int SEAL_REST = 8;

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);
  private static final Duration REST_LOOK_INTERVAL = Duration.ofSeconds(20);

  private final WalSourceConfig config;
  private final OffsetStorageReader offsets;
  private final Io io;
  private final SegmentPublisher publisher;
  private final Checkpointer checkpointer;
  private final WalRegistry registry;
  private final CaptureLoop loop;
  private final Announcing announcing;
  private final SnapshotRequestFiles requestFiles;
  private final TaskStatus status;
  private final DatabaseHomes homes;

  private CapturePipeline(
      String connector,
      WalSourceConfig config,
      TaskShare share,
      OffsetStorageReader offsets,
      KafkaClients clients,
      Io io) {
    this.config = config;
    this.offsets = offsets;
    this.io = io;
    announcing = Announcing.of(connector, config, share, clients, io, this::requestSnapshot);
    publisher =
        new SegmentPublisher(config, io::nanoTime, io::now, announcing::published, this::wakeLoop);
    checkpointer = new Checkpointer(io, CheckpointOptions.defaults().withRest(FOLD_REST));
    registry = new WalRegistry(io, publisher, checkpointer, registryOptions(config));
    homes = new DatabaseHomes(io, config);
    DatabaseScanner scanner = new DatabaseScanner(config);
    loop =
        new CaptureLoop(
            "walcast-capture-" + connector + "-" + share.index(),
            config,
            scanner,
            share,
            this::watch,
            new Departures(io, config, homes, scanner, share, this::gone),
            io);
    requestFiles =
        new SnapshotRequestFiles(
            "walcast-requests-" + connector + "-" + share.index(),
            io,
            config.stateDirectory(),
            loop.watches(),
            announcing::requestSnapshot);
    status = new TaskStatus(connector, share, loop, publisher, announcing);
  }

  /** Starts it all; returns at once. */
  static CapturePipeline start(
      String connector,
      WalSourceConfig config,
      TaskShare share,
      OffsetStorageReader offsets,
      KafkaClients clients,
      Io io) {
    CapturePipeline pipeline = new CapturePipeline(connector, config, share, offsets, clients, io);
    pipeline.checkpointer.start(pipeline.registry);
    pipeline.announcing.start();
    pipeline.loop.start();
    pipeline.requestFiles.start();
    pipeline.status.register();
    return pipeline;
  }

  /**
   * The next records; empty if none come within {@code maxWait}.
   *
   * @throws ConnectException if capture has ended, or frames were lost on their way
   */
  List<SourceRecord> take(Duration maxWait) throws InterruptedException {
    if (loop.death() != null) {
      throw new ConnectException("capture has ended", loop.death());
    }
    List<SourceRecord> batch = publisher.take(maxWait);
    announcing.addDue(batch);
    return batch;
  }

  /** What became of a record; {@code null}: it was not written. Does not block. */
  void committed(FrameSourceRecord frame, RecordMetadata written) {
    if (written != null) {
      status.acknowledged(((byte[]) frame.value()).length);
      publisher.acknowledged(frame, written);
    } else {
      publisher.lost(frame);
    }
  }

  /** What became of a deletion; {@code null}: it was not written. Does not block. */
  void committed(DeletionSourceRecord deletion, RecordMetadata written) {
    if (written != null) {
      deletion.acknowledge();
      loop.wake();
    } else {
      publisher.lost(deletion);
    }
  }

  /** What became of an announcement; {@code null}: it was not written. Does not block. */
  void committed(AnnouncementRecord announcement, RecordMetadata written) {
    announcing.committed(announcement, written != null);
  }

  private boolean requestSnapshot(Namespace namespace) {
    Watch watch = loop.watches().get(namespace);
    if (watch != null) {
      watch.requestSnapshot();
      loop.wake();
    }
    return watch != null;
  }

  /**
   * Ends capture, lets every database go, closes the logs. What Kafka does not have stays on disk
   * and is published again by the next task.
   */
  @Override
  public void close() {
    status.close();
    announcing.close();
    requestFiles.close();
    publisher.shutdown();
    if (closeLoop()) {
      registry.shutdown();
    } else {
      LOG.error(
          "Capture did not end within {}; the databases stay locked until it does", CLOSE_PATIENCE);
      checkpointer.shutdown();
    }
  }

  private boolean closeLoop() {
    try {
      return loop.close(CLOSE_PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void wakeLoop() {
    loop.wake();
  }

  private static RegistryOptions registryOptions(WalSourceConfig config) {
    return RegistryOptions.defaults()
        .withSwapPolicy(
            SwapPolicy.whenNothingInFlight()
                .and(SwapPolicy.rested(SEAL_REST))
                .or(SwapPolicy.frameCount(config.segmentMaxFrames())))
        .withSyncOnSeal(true); // a frame number that was published must not be used again
  }

  /** Asks Connect for all offsets at once: in a cluster, each question reads a topic to its end. */
  private Map<Namespace, WatchedDatabase> watch(Map<Namespace, Path> databases) throws IOException {
    Map<Map<String, String>, Map<String, Object>> stored;
    try {
      stored =
          offsets.offsets(
              databases.keySet().stream()
                  .map(SourcePosition::partition)
                  .collect(Collectors.toList()));
    } catch (ConnectException e) {
      throw new IOException("cannot read Connect's source offsets: " + e.getMessage(), e);
    }
    Map<Namespace, WatchedDatabase> watched = new HashMap<>();
    databases.forEach(
        (namespace, database) ->
            watched.put(
                namespace,
                watch(namespace, database, stored.get(SourcePosition.partition(namespace)))));
    return watched;
  }

  private WatchedDatabase watch(Namespace namespace, Path database, Map<String, Object> offset) {
    Optional<SourcePosition> position;
    try {
      position = SourcePosition.fromOffset(namespace, offset);
    } catch (ConnectException e) {
      return new UnwatchableDatabase(e.getMessage());
    }
    CaptureOptions options =
        options().withMinimumEpoch(position.map(SourcePosition::epoch).orElse(0));
    if (position.isPresent()) {
      options =
          options.withPublished(
              new PublishedFrame(position.get().logId(), position.get().durableFrameNo()));
    }
    Path state = config.stateDirectory().resolve(namespace.name());
    announcing.watch(namespace, position, state);
    return new CapturedDatabase(
        namespace,
        database,
        new DatabaseCapture(namespace, database, state, registry, io, options),
        registry,
        homes);
  }

  private CaptureOptions options() {
    return CaptureOptions.defaults()
        .withWalHold(WalHold.valueOf(config.walHold().toUpperCase(Locale.ROOT)))
        .withMaxWaitingBytes(config.stateMaxBytes())
        .withSnapshotPartBytes(config.snapshotPartBytes())
        .withRest(config.restAfter(), REST_LOOK_INTERVAL)
        .withJournalModeSwitch(config.journalModeSwitch());
  }

  /** Connect need not be asked: nothing new is captured, and no new log begins. */
  private WatchedDatabase gone(Namespace namespace, Path database) {
    Path state = config.stateDirectory().resolve(namespace.name());
    announcing.watch(namespace, Optional.empty(), state);
    return new GoneDatabase(
        namespace,
        database,
        config.deletionPolicy(),
        new Remains(namespace, database, state, registry, io, options()),
        homes,
        this,
        io);
  }

  @Override
  public boolean retireAnnouncements(Namespace namespace) {
    return announcing.retireAll(namespace);
  }

  @Override
  public DeletionSourceRecord publishDeletion(Namespace namespace, DeletedLog log) {
    DeletionSourceRecord deletion =
        new DeletionSourceRecord(namespace, log, config.topic(), io.now().toEpochMilli());
    publisher.delete(deletion);
    return deletion;
  }
}
