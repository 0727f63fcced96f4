package io.walcast.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testing.BytesIo;
import io.walcast.testing.Crc;
import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A file of two slots. An input is the content of both slots without the empty space between them;
 * the second slot's length of bytes comes first where there is only one.
 */
public final class TwoSlotFileTarget implements FuzzTarget {

  private static final MemoryBound BOUND = new MemoryBound(32 * 1024, 8);
  private static final Path PATH = Path.of("position");
  private static final int PAYLOAD = 36;
  private static final int SLOT = 16 + PAYLOAD + 4;
  private static final int SECOND_AT = 4096;

  @Override
  public List<byte[]> seeds() throws IOException {
    BytesIo io = new BytesIo();
    TwoSlotFile file = new TwoSlotFile(io, PATH, PAYLOAD);
    file.write(payload(1), true);
    byte[] one = compact(io.content(PATH));
    file.write(payload(2), true);
    return List.of(one, compact(io.content(PATH)));
  }

  private static ByteBuffer payload(int value) {
    byte[] bytes = new byte[PAYLOAD];
    Arrays.fill(bytes, (byte) value);
    return ByteBuffer.wrap(bytes);
  }

  private static byte[] compact(byte[] content) {
    byte[] input = Arrays.copyOf(content, content.length - SECOND_AT + SLOT);
    System.arraycopy(content, SECOND_AT, input, SLOT, content.length - SECOND_AT);
    return input;
  }

  private static byte[] expand(byte[] input) {
    byte[] content = Arrays.copyOf(input, SECOND_AT + Math.max(0, input.length - SLOT));
    if (input.length > SLOT) {
      Arrays.fill(content, SLOT, Math.min(input.length, SECOND_AT), (byte) 0);
      System.arraycopy(input, SLOT, content, SECOND_AT, input.length - SLOT);
    }
    return input.length > SLOT ? content : input;
  }

  @Override
  public void accept(byte[] input) throws Exception {
    file(expand(input));
    byte[] fixed = expand(input);
    for (int at = 0; at + SLOT <= fixed.length; at += SECOND_AT) {
      int crc = new Crc().of(fixed, at, SLOT - 4).value();
      ByteBuffer.wrap(fixed).putInt(at + SLOT - 4, crc);
    }
    file(fixed);
  }

  private static void file(byte[] content) throws Exception {
    List<byte[]> before = BOUND.hold(content.length, () -> open(content).readAll());
    byte[] written = payload(99).array();
    BytesIo io = new BytesIo();
    io.put(PATH, content);
    try {
      new TwoSlotFile(io, PATH, PAYLOAD).write(ByteBuffer.wrap(written), true);
    } catch (IOException refused) {
      assertThat(refused).hasMessageContaining("sequence " + Long.MAX_VALUE);
      return;
    }
    List<byte[]> after = new TwoSlotFile(io, PATH, PAYLOAD).readAll();
    assertThat(after.get(0)).isEqualTo(written);
    if (!before.isEmpty()) { // the newest one was not overwritten
      assertThat(after).hasSize(2);
      assertThat(after.get(1)).isEqualTo(before.get(0));
    }
  }

  private static TwoSlotFile open(byte[] content) {
    BytesIo io = new BytesIo();
    io.put(PATH, content);
    return new TwoSlotFile(io, PATH, PAYLOAD);
  }
}
