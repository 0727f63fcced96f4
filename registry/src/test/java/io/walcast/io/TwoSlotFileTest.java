package io.walcast.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.testing.FaultyIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TwoSlotFileTest {

  private static final int SLOT_BYTES = 16 + 8 + 4;

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private Path path;

  @BeforeEach
  void choosePath() {
    path = directory.resolve("record");
  }

  private TwoSlotFile open() {
    return new TwoSlotFile(io, path, 8);
  }

  private static void write(TwoSlotFile file, long value) throws IOException {
    file.write(ByteBuffer.allocate(8).putLong(0, value), true);
  }

  private Long read() throws IOException {
    try (TwoSlotFile file = open()) {
      byte[] payload = file.read();
      return payload == null ? null : ByteBuffer.wrap(payload).getLong();
    }
  }

  private void writeAll(long... values) throws IOException {
    try (TwoSlotFile file = open()) {
      for (long value : values) {
        write(file, value);
      }
    }
  }

  @Test
  void nothingIsReadWhereNothingWasWrittenAndNoFileIsMade() throws IOException {
    assertThat(read()).isNull();
    assertThat(path).doesNotExist();
  }

  @Test
  void theNewestRecordIsReadAcrossReopening() throws IOException {
    for (long value = 1; value <= 5; value++) {
      writeAll(value);
      assertThat(read()).isEqualTo(value);
    }
  }

  @Test
  void bothRecordsAreReadNewestFirst() throws IOException {
    writeAll(1, 2, 3);
    try (TwoSlotFile file = open()) {
      assertThat(file.readAll().stream().map(bytes -> ByteBuffer.wrap(bytes).getLong()))
          .containsExactly(3L, 2L);
    }
  }

  @Test
  void anyDamageToTheNewestSlotLeavesTheRecordBefore() throws IOException {
    writeAll(1, 2);
    byte[] whole = Files.readAllBytes(path);
    for (int at = 0; at < SLOT_BYTES; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(path, damaged);
      assertThat(read()).as("byte %d", at).isEqualTo(1);
    }
  }

  @Test
  void aFileCutAnywhereNeverYieldsAnythingElse() throws IOException {
    writeAll(1, 2, 3);
    byte[] whole = Files.readAllBytes(path);
    for (int length = 0; length < whole.length; length += betweenSlots(length) ? 97 : 1) {
      Files.write(path, Arrays.copyOf(whole, length));
      assertThat(read()).as("length %d", length).isIn(null, 2L);
    }
  }

  private static boolean betweenSlots(int length) {
    return length > SLOT_BYTES && length < 3950;
  }

  @Test
  void aWriteThatFailsIsRepeatedOverTheOlderSlot() throws IOException {
    try (TwoSlotFile file = open()) {
      write(file, 1);
      write(file, 2);
      for (int attempt = 0; attempt < 3; attempt++) {
        io.failFrom(1, 1);
        assertThatThrownBy(() -> write(file, 3)).hasMessageContaining("injected");
        assertThat(read()).isEqualTo(2);
      }
      write(file, 3);
    }
    assertThat(read()).isEqualTo(3);
  }

  @Test
  void aWriteAfterAReadThatFailedIsStillTheNewest() throws IOException {
    writeAll(1, 2, 3, 4, 5);
    try (TwoSlotFile file = open()) {
      io.failFrom(1, 1);
      assertThatThrownBy(file::read).hasMessageContaining("injected");
      write(file, 6);
    }
    try (TwoSlotFile file = open()) {
      assertThat(file.readAll().stream().map(bytes -> ByteBuffer.wrap(bytes).getLong()))
          .containsExactly(6L, 5L);
    }
  }

  @Test
  void aPayloadOfAnotherLengthIsRefused() {
    assertThatThrownBy(() -> open().write(ByteBuffer.allocate(7), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(path.toString());
  }
}
