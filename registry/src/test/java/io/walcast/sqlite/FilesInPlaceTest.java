package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testing.DelegatingIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesInPlaceTest {

  @TempDir Path temporary;

  private Path directory;
  private Path first;
  private Path second;
  private Duration later = Duration.ofHours(1);
  private int looks;

  private final DelegatingIo io =
      new DelegatingIo() {
        @Override
        public Object fileKey(Path path) throws IOException {
          looks++;
          return super.fileKey(path);
        }

        @Override
        public Instant now() {
          return super.now().plus(later);
        }
      };

  @BeforeEach
  void create() throws IOException {
    directory = Files.createDirectory(temporary.resolve("replica"));
    first = Files.writeString(directory.resolve("a"), "1");
    second = Files.writeString(directory.resolve("b"), "2");
  }

  @Test
  void aDirectoryThatHasSettledIsEnoughToLookAt() throws IOException {
    FilesInPlace files = new FilesInPlace(io, first, second);
    assertThat(files.replaced()).isEmpty();
    Files.writeString(first, "written, not replaced");
    looks = 0;
    assertThat(files.replaced()).isEmpty();
    assertThat(looks).isZero();
  }

  @Test
  void aDirectoryThatHasJustChangedIsNot() throws IOException {
    later = Duration.ZERO.minusHours(1); // whatever the machine's speed
    FilesInPlace files = new FilesInPlace(io, first, second);
    assertThat(files.replaced()).isEmpty();
    looks = 0;
    assertThat(files.replaced()).isEmpty();
    assertThat(looks).isEqualTo(2);
  }

  @Test
  void aFileThatTakesThePlaceOfAnotherIsSeen() throws IOException {
    FilesInPlace files = new FilesInPlace(io, first, second);
    assertThat(files.replaced()).isEmpty();
    FileTime modified = Files.getLastModifiedTime(directory);
    Path other = Files.writeString(temporary.resolve("other"), "3");
    Files.move(other, second, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(directory, modified); // as rsync -a and tar do

    assertThat(files.replaced()).contains(second);
    assertThat(files.replaced()).contains(second);
  }

  @Test
  void aDirectoryThatTakesThePlaceOfAnotherIsSeen() throws IOException {
    FilesInPlace files = new FilesInPlace(io, first, second);
    assertThat(files.replaced()).isEmpty();
    Files.move(directory, temporary.resolve("moved"));
    assertThat(files.replaced()).contains(first);
    Files.createDirectory(directory);
    Files.writeString(first, "1");
    Files.writeString(second, "2");
    assertThat(files.replaced()).contains(first);
    Files.move(directory, temporary.resolve("copy"));
    Files.move(temporary.resolve("moved"), directory);
    assertThat(files.replaced()).isEmpty();
  }
}
