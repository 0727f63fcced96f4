package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class HashBlockTest {

  private static ByteBuffer memory() {
    return ByteBuffer.allocate(HashBlock.LENGTH).order(ByteOrder.nativeOrder());
  }

  private static void append(HashBlock block, int from, int to, int factor) throws Exception {
    for (int frame = from; frame <= to; frame++) {
      block.append(frame, 1 + frame * factor % 1000);
    }
  }

  @Test
  void whatADeadWriterEnteredIsGoneAfterTheNextAppend() throws Exception {
    for (int index : new int[] {0, 1}) {
      int first = HashBlock.framesBefore(index) + 1;
      ByteBuffer clean = memory();
      append(new HashBlock(clean, index), first, first + 2000, 3);
      append(new HashBlock(clean, index), first + 2001, first + 2500, 5);
      ByteBuffer used = memory();
      append(new HashBlock(used, index), first, first + 2000, 3);
      append(new HashBlock(used, index), first + 2001, first + 4000, 7); // never published
      append(new HashBlock(used, index), first + 2001, first + 2500, 5);
      assertThat(used).isEqualTo(clean);
    }
  }

  @Test
  void findsTheNewestFrameUpToTheGivenOne() throws Exception {
    HashBlock block = new HashBlock(memory(), 0);
    append(block, 1, 4062, 1); // page p is in frames p - 1, p + 999, p + 1999, ...
    assertThat(block.find(500, 4062)).isEqualTo(3499);
    assertThat(block.find(500, 3498)).isEqualTo(2499);
    assertThat(block.find(500, 498)).isZero();
    assertThat(block.find(5000, 4062)).isZero();
    assertThat(HashBlock.indexOf(4062)).isZero();
    assertThat(HashBlock.indexOf(4063)).isEqualTo(1);
    assertThat(HashBlock.indexOf(4062 + 4096)).isEqualTo(1);
  }

  @Test
  void damagedTableDoesNotTrapAReader() {
    ByteBuffer memory = memory();
    for (int offset = 16384; offset < HashBlock.LENGTH; offset += 2) {
      memory.putShort(offset, (short) 1);
    }
    assertThatThrownBy(() -> new HashBlock(memory, 0).find(7, 100))
        .isInstanceOf(WalIndexCorruptException.class);
  }
}
