package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * A wal-index. An input is short and says how a whole one is spoilt: a byte for how many frames it
 * has, its header, then the places of 16-bit words with what stands there. The header is tried as
 * it is and with its checksum made right.
 */
public final class WalIndexTarget implements FuzzTarget {

  private static final MemoryBound BOUND = new MemoryBound(64 * 1024, 4);
  private static final int[] FRAMES = {0, 5, 8200, 4100};
  private static final int PAGES = 1000;
  private static final byte[][] WHOLE = new byte[FRAMES.length][];

  @Override
  public List<byte[]> seeds() throws IOException {
    byte[] hashSpoilt = Arrays.copyOf(input(1), 53);
    ByteBuffer.wrap(hashSpoilt, 49, 4).putShort((short) (16384 / 2 + 383)).putShort((short) 5000);
    return List.of(input(0), input(1), input(2), input(3), hashSpoilt);
  }

  private static byte[] input(int frames) throws IOException {
    ByteBuffer input = ByteBuffer.allocate(1 + WalIndexHeader.LENGTH).put((byte) frames);
    WalIndexHeader header =
        new WalIndexHeader(3007000, 9, 4096, FRAMES[frames], PAGES, 12, 3, 4, false);
    return input.put(header.encode()).array();
  }

  @Override
  public void accept(byte[] input) throws Exception {
    if (input.length < 1 + WalIndexHeader.LENGTH) {
      return;
    }
    int frames = FRAMES[input[0] & 3];
    byte[] shm = whole(input[0] & 3).clone();
    boolean hashesWhole = spoil(shm, input);
    byte[] header = Arrays.copyOfRange(input, 1, 1 + WalIndexHeader.LENGTH);
    look(shm, header, frames, hashesWhole);
    ByteOrder order = ByteOrder.nativeOrder();
    long sum = WalChecksumTest.byTheBook(header, 0, 40, 0, order == ByteOrder.BIG_ENDIAN);
    ByteBuffer.wrap(header).order(order).putInt(40, (int) sum).putInt(44, (int) (sum >>> 32));
    look(shm, header, frames, hashesWhole);
  }

  private static byte[] whole(int kind) throws IOException {
    if (WHOLE[kind] == null) {
      int frames = FRAMES[kind];
      int blocks = HashBlock.indexOf(Math.max(1, frames)) + 1;
      ByteBuffer all =
          ByteBuffer.allocate(blocks * HashBlock.LENGTH).order(ByteOrder.nativeOrder());
      for (int frame = 1; frame <= frames; frame++) {
        int block = HashBlock.indexOf(frame);
        ByteBuffer memory = all.slice(block * HashBlock.LENGTH, HashBlock.LENGTH);
        new HashBlock(memory.order(ByteOrder.nativeOrder()), block).enter(frame, pageNo(frame));
      }
      WHOLE[kind] = all.array();
    }
    return WHOLE[kind];
  }

  private static int pageNo(int frame) {
    return 1 + frame * 7 % PAGES;
  }

  private static boolean spoil(byte[] shm, byte[] input) {
    ByteBuffer words = ByteBuffer.wrap(input, 49, input.length - 49);
    ByteBuffer memory = ByteBuffer.wrap(shm).order(ByteOrder.nativeOrder());
    boolean hashesWhole = true;
    while (words.remaining() >= 4) {
      int at = 2 * Short.toUnsignedInt(words.getShort());
      short word = words.getShort();
      if (at + 2 <= shm.length) {
        memory.putShort(at, word);
        hashesWhole &= at < HashBlock.HEADER_BYTES;
      }
    }
    return hashesWhole;
  }

  private static void look(byte[] shm, byte[] header, int frames, boolean hashesWhole)
      throws Exception {
    System.arraycopy(header, 0, shm, 0, header.length);
    System.arraycopy(header, 0, shm, header.length, header.length);
    WalIndex index = new WalIndex(new ShmBytes(shm));
    WalIndexHeader read = BOUND.hold(header.length, index::readHeader);
    if (read != null) {
      sameHeader(read, header);
      for (int pageNo : new int[] {1, 8, 999, PAGES + 1, read.sizePages()}) {
        find(index, pageNo, read.maxFrame());
        if (hashesWhole) {
          int last = Math.min(frames, read.maxFrame());
          assertThat(index.findFrame(pageNo, last)).isEqualTo(newest(pageNo, last));
        }
      }
    }
  }

  private static void find(WalIndex index, int pageNo, int last) throws Exception {
    try {
      int frame = BOUND.hold(WalIndexHeader.LENGTH, () -> index.findFrame(pageNo, last));
      assertThat(frame).isBetween(0, last);
      if (frame > 0) {
        assertThat(index.pageNo(frame)).isEqualTo(pageNo);
      }
    } catch (WalIndexCorruptException refused) {
      assertThat(refused).hasMessageMatching(".*(wal-index|-shm).*");
    }
  }

  private static int newest(int pageNo, int last) {
    for (int frame = last; frame > 0; frame--) {
      if (pageNo(frame) == pageNo) {
        return frame;
      }
    }
    return 0;
  }

  private static void sameHeader(WalIndexHeader read, byte[] header) {
    assertThat(read.maxFrame()).isNotNegative();
    assertThat(read.pageSize() == 0 || DatabaseHeader.isPageSize(read.pageSize())).isTrue();
    byte[] known = header.clone(); // but for what SQLite does not use, or takes as true
    Arrays.fill(known, 4, 8, (byte) 0);
    known[12] = 1;
    known[13] = (byte) (header[13] == 0 ? 0 : 1);
    assertThat(Arrays.copyOf(read.encode(), 14)).isEqualTo(Arrays.copyOf(known, 14));
    assertThat(Arrays.copyOfRange(read.encode(), 16, 40))
        .isEqualTo(Arrays.copyOfRange(known, 16, 40));
    assertThat(WalIndexHeader.decode(read.encode())).isEqualTo(read);
  }
}
