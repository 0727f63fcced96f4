package io.walcast.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file is the same whether it is in memory, on disk, or moved from the one to the other. */
class SpillingIoTest {

  private static final int LONGEST = 1 << 20;

  @TempDir Path directory;

  @Test
  void isTheFileThatWasWrittenWhereverItLies() throws IOException {
    long seed = Long.getLong("walcast.seed", new Random().nextLong());
    System.out.println("SpillingIoTest: -Dwalcast.seed=" + seed);
    Random random = new Random(seed);
    for (long budget : new long[] {0, 600, 300 << 10, 700 << 10, Long.MAX_VALUE}) {
      SpillingIo io = new SpillingIo(new StandardIo(), budget);
      Path path = directory.resolve("file-" + budget);
      byte[] model = new byte[LONGEST];
      int size = 0;
      try (StorageFile file = io.open(path, Io.OpenMode.TRUNCATE)) {
        for (int step = 0; step < 300; step++) {
          if (random.nextInt(8) == 0) {
            size = random.nextInt(size + 1);
            file.truncate(size);
            Arrays.fill(model, size, LONGEST, (byte) 0);
          } else {
            byte[] bytes = new byte[random.nextInt(random.nextBoolean() ? 100 : 100_000)];
            random.nextBytes(bytes);
            int at = Math.min(LONGEST - bytes.length, random.nextInt(size + 1_000));
            file.writeFully(ByteBuffer.wrap(bytes), at);
            System.arraycopy(bytes, 0, model, at, bytes.length);
            size = bytes.length == 0 ? size : Math.max(size, at + bytes.length);
          }
          assertThat(file.size()).isEqualTo(size);
          int from = random.nextInt(size + 1);
          ByteBuffer read = ByteBuffer.allocate(size - from);
          file.readFully(read, from);
          assertThat(read.array()).isEqualTo(Arrays.copyOfRange(model, from, size));
          assertThat(file.read(ByteBuffer.allocate(1), size)).isEqualTo(-1);
        }
        assertThat(io.memoryBytes()).isLessThanOrEqualTo(budget);
        assertThat(Files.exists(path)).isEqualTo(io.spilledFiles() == 1);
        if (budget <= 600 || budget > LONGEST) {
          assertThat(io.spilledFiles()).isEqualTo(budget <= 600 ? 1 : 0);
        }
      }
      assertThat(io.memoryBytes()).isZero();
    }
  }

  @Test
  void theBudgetIsSharedAndGivenBack() throws IOException {
    SpillingIo io = new SpillingIo(new StandardIo(), 1_500);
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");
    StorageFile holder = io.open(first, Io.OpenMode.TRUNCATE);
    holder.writeFully(ByteBuffer.allocate(600), 0);
    try (StorageFile refused = io.open(second, Io.OpenMode.TRUNCATE)) {
      refused.writeFully(ByteBuffer.allocate(600), 0);
      assertThat(second).hasSize(600);
    }
    holder.close();
    assertThatThrownBy(holder::size).isInstanceOf(ClosedChannelException.class);
    assertThat(first).doesNotExist();
    io.delete(second);
    try (StorageFile taken = io.open(second, Io.OpenMode.TRUNCATE)) {
      taken.writeFully(ByteBuffer.allocate(600), 0);
      assertThat(second).doesNotExist();
    }
  }

  @Test
  void aFileThatExistsIsOpenedWhereItIs() throws IOException {
    Path path = Files.write(directory.resolve("file"), new byte[] {1, 2, 3});
    SpillingIo io = new SpillingIo(new StandardIo(), 1_000);
    try (StorageFile file = io.open(path, Io.OpenMode.CREATE)) {
      assertThat(file.size()).isEqualTo(3);
    }
  }
}
