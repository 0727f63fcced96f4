package io.walcast.capture;

import io.walcast.segment.Namespace;
import io.walcast.segment.SealedSegment;
import io.walcast.storage.SegmentStorage;
import io.walcast.storage.StoreCallback;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * A storage that outlives the process: each segment is a file, whole or not there at all. Storing a
 * segment again is no harm as long as it is the same one.
 */
final class SegmentFiles implements SegmentStorage {

  private static final String SUFFIX = ".segment";

  private final Path directory;

  SegmentFiles(Path directory) {
    this.directory = directory;
  }

  @Override
  public synchronized void store(
      Namespace namespace, SealedSegment segment, StoreCallback onDurable) {
    String name = String.format("%020d-%020d", segment.startFrameNo(), segment.lastFrameNo());
    try {
      Path target = directory.resolve(name + SUFFIX);
      if (!Files.exists(target)) {
        Path half = directory.resolve(name + ".half");
        Files.copy(segment.path(), half, StandardCopyOption.REPLACE_EXISTING);
        Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    onDurable.durable(segment.lastFrameNo());
  }

  /** What was stored, in frame order. */
  static List<Path> stored(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(f -> f.toString().endsWith(SUFFIX)).sorted().toList();
    }
  }

  @Override
  public synchronized long durableFrameNo(Namespace namespace) {
    try {
      List<Path> stored = stored(directory);
      if (stored.isEmpty()) {
        return 0;
      }
      String newest = stored.get(stored.size() - 1).getFileName().toString();
      return Long.parseLong(newest.substring(21, 41));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void shutdown() {
    // nothing is kept back
  }
}
