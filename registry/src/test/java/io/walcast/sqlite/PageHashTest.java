package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageHashTest {

  private static ByteBuffer page(int size) {
    ByteBuffer page = ByteBuffer.allocate(size);
    for (int i = 0; i < size; i++) {
      page.put(i, (byte) (i * 31 + size));
    }
    return page;
  }

  /** The values are those of xxHash's own C library, through Python's xxhash. */
  @ParameterizedTest
  @CsvSource({
    "3, 512, 52f229698e75770c",
    "2, 4096, 1fa6b063d34cbaf7",
    "262145, 4096, ee6db1a913151d72",
    "-2, 65536, 533626ff4d0486f3"
  })
  void isXxh3SeededWithThePageNumber(int pageNo, int size, String expected) {
    ByteBuffer page = page(size);
    assertThat(Long.toHexString(PageHash.of(pageNo, page))).isEqualTo(expected);
    assertThat(page.remaining()).isEqualTo(size);
  }

  /** The value is that of xxHash's own C library for the page with zeros there. */
  @Test
  void inPageOneWhatEachReplicaWritesCountsAsZero() {
    ByteBuffer page = page(512);
    long expected = 0xb737d93f4d7a9bb9L;
    assertThat(PageHash.of(1, page)).isEqualTo(expected);
    assertThat(page).isEqualTo(page(512));
    for (int i = 0; i < 512; i++) {
      page.put(i, (byte) ~page.get(i));
      boolean own = i == 18 || i == 19 || i >= 24 && i < 28 || i >= 92 && i < 96;
      assertThat(PageHash.of(1, page) == expected).as("byte %d", i).isEqualTo(own);
      page.put(i, (byte) ~page.get(i));
    }
  }

  @Test
  void doesNotDependOnTheKindOfBuffer() {
    ByteBuffer plain = page(4096);
    ByteBuffer within =
        ByteBuffer.allocate(5000).position(100).put(page(4096)).flip().position(100);
    ByteBuffer direct = ByteBuffer.allocateDirect(4096).put(page(4096)).flip();
    long expected = PageHash.of(7, plain);
    assertThat(PageHash.of(7, within)).isEqualTo(expected);
    assertThat(PageHash.of(7, within.slice())).isEqualTo(expected);
    assertThat(PageHash.of(7, plain.asReadOnlyBuffer())).isEqualTo(expected);
    assertThat(PageHash.of(7, direct)).isEqualTo(expected);
  }

  @Test
  void aChecksumThatHappensToBeZeroIsStatedAsOne() {
    assertThat(PageHash.stated(0)).isEqualTo(1);
    assertThat(PageHash.stated(-5)).isEqualTo(-5);
  }
}
