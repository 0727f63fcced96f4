package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The first bytes of a database; tried with and without the magic in front. */
public final class DatabaseHeaderTarget implements FuzzTarget {

  private static final MemoryBound BOUND = new MemoryBound(32 * 1024, 1);
  private static final Path PATH = Path.of("x.db");
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);

  @Override
  public List<byte[]> seeds() {
    ByteBuffer header = ByteBuffer.allocate(100).put(MAGIC).putShort((short) 4096);
    header.put(18, (byte) 2).put(19, (byte) 2).putInt(24, 5).putInt(28, 6).putInt(92, 5);
    byte[] largest = header.array().clone();
    largest[16] = 0;
    largest[17] = 1;
    return List.of(header.array(), largest);
  }

  @Override
  public void accept(byte[] input) throws Exception {
    header(input);
    byte[] fixed = input.clone();
    System.arraycopy(MAGIC, 0, fixed, 0, Math.min(MAGIC.length, fixed.length));
    header(fixed);
  }

  private static void header(byte[] bytes) throws Exception {
    DatabaseHeader header = BOUND.hold(bytes.length, () -> parse(bytes));
    if (header != null) {
      ByteBuffer again = ByteBuffer.wrap(bytes.clone()).put(MAGIC);
      again.putShort((short) (header.pageSize() == 65536 ? 1 : header.pageSize()));
      again.put(18, (byte) header.writeVersion()).put(19, (byte) header.readVersion());
      again.putInt(24, header.changeCounter()).putInt(28, header.sizePages());
      again.putInt(92, header.versionValidFor());
      assertThat(again.array()).isEqualTo(bytes);
      assertThat(header.isWal()).isEqualTo(bytes[18] == 2 && bytes[19] == 2);
    }
  }

  private static DatabaseHeader parse(byte[] bytes) {
    try {
      return DatabaseHeader.parse(ByteBuffer.wrap(bytes), PATH);
    } catch (NotADatabaseException refused) {
      assertThat(refused).hasMessageContaining(PATH.toString());
      return null;
    }
  }
}
