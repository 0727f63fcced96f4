package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryEventsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path directory;

  @Test
  void whatComesAndGoesIsTold() throws Exception {
    try (DirectoryEvents events = new DirectoryEvents()) {
      assertThat(events.areTold()).isFalse();
      events.watch(Set.of(directory));
      assertThat(events.areTold()).isTrue();
      assertThat(events.take()).as("before it watched, anything may have happened").isEmpty();
      assertThat(events.take()).hasValue(Set.of());

      Path database = Files.createFile(directory.resolve("a.db"));
      Path moved = Files.createFile(directory.resolve("b.db"));
      Files.move(moved, directory.resolve("c.db"));
      Set<Path> told = new HashSet<>();
      Eventually.until(
          PATIENCE,
          "told",
          () -> {
            Optional<Set<Path>> taken = events.take();
            told.addAll(taken.orElseThrow());
            return told;
          },
          all -> all.equals(Set.of(database, moved, directory.resolve("c.db"))));
    }
  }

  @Test
  void aDirectoryThatIsNoLongerWatchedTellsNothing() throws Exception {
    Path other = Files.createDirectory(directory.resolve("other"));
    try (DirectoryEvents events = new DirectoryEvents()) {
      events.watch(Set.of(directory, other));
      events.watch(Set.of(other));
      events.take();
      Files.createFile(directory.resolve("a.db"));
      Path last = Files.createFile(other.resolve("b.db"));
      Set<Path> told = new HashSet<>();
      Eventually.until(
          PATIENCE,
          "told of the last",
          () -> {
            told.addAll(events.take().orElseThrow());
            return told.contains(last);
          },
          Boolean.TRUE::equals);
      assertThat(told).containsExactly(last);
    }
  }
}
