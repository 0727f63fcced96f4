package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DatabaseHeaderTest {

  private static final Path PATH = Path.of("some", "orders.db");

  private static ByteBuffer header(int rawPageSize) {
    ByteBuffer header = ByteBuffer.allocate(DatabaseHeader.LENGTH);
    header.put(0, "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII));
    header.putShort(16, (short) rawPageSize);
    header.put(18, (byte) 2).put(19, (byte) 2);
    header.putInt(24, 77).putInt(28, 1234).putInt(92, 78);
    return header;
  }

  @Test
  void readsEveryField() throws Exception {
    DatabaseHeader header = DatabaseHeader.parse(header(4096), PATH);
    assertThat(header).isEqualTo(new DatabaseHeader(4096, 2, 2, 77, 1234, 78));
    assertThat(header.isWal()).isTrue();
  }

  @Test
  void onePageSizeIsWrittenAsOne() throws Exception {
    assertThat(DatabaseHeader.parse(header(1), PATH).pageSize()).isEqualTo(65536);
    assertThat(DatabaseHeader.parse(header(32768), PATH).pageSize()).isEqualTo(32768);
  }

  @Test
  void bothVersionsMustSayWal() throws Exception {
    assertThat(DatabaseHeader.parse(header(512).put(18, (byte) 1), PATH).isWal()).isFalse();
    assertThat(DatabaseHeader.parse(header(512).put(19, (byte) 1), PATH).isWal()).isFalse();
  }

  @Test
  void namesTheFileThatIsNoDatabase() {
    assertThatThrownBy(() -> DatabaseHeader.parse(header(4096).put(3, (byte) 'x'), PATH))
        .isInstanceOf(NotADatabaseException.class)
        .hasMessageContaining("orders.db")
        .hasMessageContaining("offset 3");
    assertThatThrownBy(() -> DatabaseHeader.parse(header(4000), PATH))
        .isInstanceOf(NotADatabaseException.class)
        .hasMessageContaining("page size 4000");
    assertThatThrownBy(() -> DatabaseHeader.parse(ByteBuffer.allocate(99), PATH))
        .isInstanceOf(NotADatabaseException.class)
        .hasMessageContaining("99 bytes");
  }

  @Test
  void lockBytePageIsTheOneAtOneGibibyte() {
    assertThat(DatabaseHeader.lockBytePage(4096)).isEqualTo(262145);
    assertThat(DatabaseHeader.lockBytePage(65536)).isEqualTo(16385);
  }
}
