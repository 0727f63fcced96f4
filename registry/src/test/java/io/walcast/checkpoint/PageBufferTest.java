package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.MemoryBudget;
import io.walcast.io.StandardIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page is what was put there, wherever it waits. */
class PageBufferTest {

  private static final int PAGE_SIZE = 512;

  @TempDir Path directory;

  private record Put(PageBuffer.Held held, byte[] bytes) {}

  private PageBuffer buffer(String name, MemoryBudget memory) {
    return new PageBuffer(new StandardIo(), directory.resolve(name + "/pages"), PAGE_SIZE, memory);
  }

  private static byte[] read(PageBuffer buffer, PageBuffer.Held held) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(PAGE_SIZE);
    buffer.copy(held, page);
    assertThat(page.hasRemaining()).isFalse();
    return page.array();
  }

  @Test
  void whatIsHeldComesBackFromMemoryAndFile() throws IOException {
    long seed = Long.getLong("walcast.seed", new Random().nextLong());
    System.out.println("PageBufferTest: -Dwalcast.seed=" + seed);
    Random random = new Random(seed);
    MemoryBudget memory = new MemoryBudget(20_000);
    try (PageBuffer buffer = buffer("random", memory)) {
      List<Put> held = new ArrayList<>();
      int most = 0;
      for (int step = 0; step < 20_000; step++) {
        if (random.nextInt(held.size() + 1) > 100) {
          buffer.release(held.remove(random.nextInt(held.size())).held());
        } else {
          byte[] value = new byte[68 + PAGE_SIZE];
          random.nextBytes(value);
          byte[] page = new byte[PAGE_SIZE];
          System.arraycopy(value, 68, page, 0, PAGE_SIZE);
          held.add(new Put(buffer.hold(value, 68), page));
        }
        most = Math.max(most, held.size());
        if (!held.isEmpty()) {
          Put any = held.get(random.nextInt(held.size()));
          assertThat(read(buffer, any.held())).isEqualTo(any.bytes());
        }
        assertThat(memory.used()).isLessThanOrEqualTo(20_000);
      }
      for (Put put : held) {
        assertThat(read(buffer, put.held())).isEqualTo(put.bytes());
      }
      // Places are used again: the file is no longer than what was there at one time.
      assertThat(Files.size(directory.resolve("random/pages")))
          .isBetween(1L, (long) most * PAGE_SIZE);
    }
    assertThat(memory.used()).isZero();
    assertThat(directory.resolve("random/pages")).doesNotExist();
  }

  @Test
  void theBudgetIsSharedAndGivenBack() throws IOException {
    MemoryBudget memory = new MemoryBudget(600);
    PageBuffer first = buffer("first", memory);
    try (PageBuffer second = buffer("second", memory)) {
      first.hold(new byte[PAGE_SIZE], 0);
      second.hold(new byte[PAGE_SIZE], 0);
      assertThat(directory.resolve("first/pages")).doesNotExist();
      assertThat(directory.resolve("second/pages")).exists();
      first.close();
      first.close();
      assertThat(memory.used()).isZero();
      PageBuffer.Held taken = second.hold(new byte[PAGE_SIZE], 0);
      assertThat(memory.used()).isPositive();
      second.release(taken);
      assertThat(memory.used()).isZero();
    }
    assertThatThrownBy(() -> first.hold(new byte[PAGE_SIZE], 0)).isInstanceOf(IOException.class);
  }

  @Test
  void aPageThatWasChangedInTheFileIsRefused() throws IOException {
    try (PageBuffer buffer = buffer("hostile", new MemoryBudget(0))) {
      PageBuffer.Held good = buffer.hold(new byte[PAGE_SIZE], 0);
      PageBuffer.Held bad = buffer.hold(new byte[PAGE_SIZE], 0);
      assertThat(read(buffer, bad)).isEqualTo(new byte[PAGE_SIZE]);
      Path file = directory.resolve("hostile/pages");
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(new byte[] {1}), PAGE_SIZE + 7);
      }
      assertThat(read(buffer, good)).isEqualTo(new byte[PAGE_SIZE]);
      assertThatThrownBy(() -> read(buffer, bad))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString());
    }
  }
}
