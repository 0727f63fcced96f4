package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplicaPageOneTest {

  @Test
  void onlyTheReplicasOwnBytesChange() {
    byte[] page = new byte[512];
    new Random(1).nextBytes(page);
    byte[] before = page.clone();
    ReplicaPageOne.own(page, 0, 0x01020304, ReplicaJournal.WAL);
    for (int i = 0; i < page.length; i++) {
      boolean own = i == 18 || i == 19 || (i >= 24 && i < 28) || (i >= 92 && i < 96);
      assertThat(own || page[i] == before[i]).as("offset %d", i).isTrue();
    }
    assertThat(page[18]).isEqualTo((byte) 2);
    assertThat(page[19]).isEqualTo((byte) 2);
    assertThat(ReplicaPageOne.changeCounter(ByteBuffer.wrap(page))).isEqualTo(0x01020304);
  }

  @Test
  void sizeStatedByThePrimaryStaysAsValidOrOutdatedAsItWas() {
    ByteBuffer page = ByteBuffer.allocate(512).putInt(24, 5).putInt(92, 5);
    ReplicaPageOne.own(page.array(), 0, 77, ReplicaJournal.WAL);
    assertThat(page.getInt(92)).isEqualTo(77);
    page.putInt(24, 6).putInt(92, 5);
    ReplicaPageOne.own(page.array(), 0, 78, ReplicaJournal.WAL);
    assertThat(page.getInt(92)).isNotEqualTo(78);
  }

  @Test
  void pagesOfTheFileBeyondTheStatedSizeAreNotOfTheDatabase() {
    ByteBuffer page = ByteBuffer.allocate(512).putInt(24, 5).putInt(28, 30).putInt(92, 5);
    assertThat(ReplicaPageOne.sizePages(page, 33)).isEqualTo(30);
    assertThat(ReplicaPageOne.sizePages(page, 29)).isEqualTo(29);
    assertThat(ReplicaPageOne.sizePages(page.putInt(92, 4), 33)).isEqualTo(33);
    assertThat(ReplicaPageOne.sizePages(page.putInt(28, 0).putInt(92, 5), 33)).isEqualTo(33);
  }
}
