package io.walcast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.io.DiskFullException;
import io.walcast.io.Io.OpenMode;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatedIoTest {

  private static final Path DIRECTORY = Path.of("/disk");
  private static final Path FILE = DIRECTORY.resolve("a");
  private static final int LENGTH = 2000;

  @TempDir Path scratch;

  private static SimulatedIo disk(long seed) {
    SimulatedIo disk = new SimulatedIo(seed);
    disk.mount(DIRECTORY);
    return disk;
  }

  private static StorageFile created(SimulatedIo disk) throws IOException {
    StorageFile file = disk.open(FILE, OpenMode.CREATE);
    disk.syncDirectory(DIRECTORY);
    return file;
  }

  private static ByteBuffer filled(int value) {
    byte[] bytes = new byte[LENGTH];
    Arrays.fill(bytes, (byte) value);
    return ByteBuffer.wrap(bytes);
  }

  @Test
  void whatIsSyncedSurvivesEveryCrash() throws IOException {
    for (long seed = 0; seed < 100; seed++) {
      SimulatedIo disk = disk(seed);
      StorageFile file = created(disk);
      file.writeFully(filled(1), 0);
      file.force(false);
      disk.crash();
      assertThat(disk.content(FILE)).isEqualTo(filled(1).array());
    }
  }

  @Test
  void whatIsNotSyncedIsKeptOrLostOrTorn() throws IOException {
    int kept = 0;
    int lost = 0;
    int torn = 0;
    Set<Integer> lengths = new HashSet<>();
    for (long seed = 0; seed < 400; seed++) {
      SimulatedIo disk = disk(seed);
      StorageFile file = created(disk);
      file.writeFully(filled(1), 0);
      file.force(false);
      file.writeFully(filled(2), LENGTH / 2);
      disk.crash();
      byte[] after = disk.content(FILE);
      lengths.add(after.length);
      byte[] whole = Arrays.copyOf(filled(1).array(), LENGTH / 2 * 3);
      Arrays.fill(whole, LENGTH / 2, whole.length, (byte) 2);
      if (Arrays.equals(after, whole)) {
        kept++;
      } else if (Arrays.equals(after, filled(1).array())) {
        lost++;
      } else {
        torn++;
      }
      assertThat(Arrays.copyOf(after, LENGTH / 2)).containsOnly(1);
    }
    assertThat(kept).isGreaterThan(40);
    assertThat(lost).isGreaterThan(40);
    assertThat(torn).isGreaterThan(100);
    assertThat(lengths).hasSizeGreaterThan(20);
  }

  @Test
  void aTruncationIsDurableOnlyOnceItIsSynced() throws IOException {
    Set<Integer> lengths = new HashSet<>();
    for (long seed = 0; seed < 50; seed++) {
      SimulatedIo disk = disk(seed);
      StorageFile file = created(disk);
      file.writeFully(filled(1), 0);
      file.force(false);
      file.truncate(10);
      assertThat(file.size()).isEqualTo(10);
      disk.crash();
      lengths.add(disk.content(FILE).length);
    }
    assertThat(lengths).containsExactlyInAnyOrder(10, LENGTH);
  }

  @Test
  void entriesAreDurableOnlyOnceTheirDirectoryIsSynced() throws IOException {
    Path other = DIRECTORY.resolve("b");
    Set<String> seen = new HashSet<>();
    for (long seed = 0; seed < 200; seed++) {
      SimulatedIo disk = disk(seed);
      disk.open(FILE, OpenMode.CREATE).force(true);
      disk.rename(FILE, other);
      disk.createDirectories(DIRECTORY.resolve("c/d"));
      disk.syncDirectory(DIRECTORY.resolve("c"));
      disk.crash();
      seen.add(disk.list(DIRECTORY).toString());
      assertThat(disk.exists(DIRECTORY.resolve("c/d")))
          .isEqualTo(disk.exists(DIRECTORY.resolve("c")));

      disk = disk(seed);
      created(disk);
      disk.delete(FILE);
      assertThat(disk.exists(FILE)).isFalse();
      disk.crash();
      seen.add("deleted " + disk.exists(FILE));
      disk.delete(FILE);
      disk.syncDirectory(DIRECTORY);
      disk.crash();
      assertThat(disk.exists(FILE)).isFalse();
    }
    assertThat(seen)
        .containsExactlyInAnyOrder(
            "[]",
            "[/disk/a]",
            "[/disk/b]",
            "[/disk/c]",
            "[/disk/a, /disk/c]",
            "[/disk/b, /disk/c]",
            "deleted true",
            "deleted false");
  }

  @Test
  void aSyncThatFailsLosesWhatALaterOneReports() throws IOException {
    boolean lost = false;
    for (long seed = 0; seed < 50; seed++) {
      SimulatedIo disk = disk(seed);
      StorageFile file = created(disk);
      file.writeFully(filled(1), 0);
      disk.failFrom(1, 1);
      assertThatThrownBy(() -> file.force(false)).hasMessageContaining("injected");
      file.force(false);
      disk.crash();
      lost |= !Arrays.equals(disk.content(FILE), filled(1).array());
    }
    assertThat(lost).isTrue();
  }

  @Test
  void afterThePowerIsCutNothingWorksUntilTheCrashAndOpenFilesNeverAgain() throws IOException {
    SimulatedIo disk = disk(1);
    StorageFile file = created(disk);
    disk.cutPowerAt(2);
    file.writeFully(filled(1), 0);
    assertThatThrownBy(() -> file.writeFully(filled(1), 0)).hasMessageContaining("injected");
    assertThatThrownBy(() -> file.read(filled(0), 0)).hasMessageContaining("power");
    assertThatThrownBy(() -> disk.delete(FILE)).hasMessageContaining("power");
    assertThat(disk.crash()).isTrue();
    assertThatThrownBy(file::size).hasMessageContaining("crashed");
    disk.delete(FILE);
    assertThat(disk.crash()).isFalse();
  }

  @Test
  void aFullDiskTakesPartOfAWriteAndSaysSo() throws IOException {
    SimulatedIo disk = disk(1);
    StorageFile file = created(disk);
    disk.capacityBytes(LENGTH + 100);
    file.writeFully(filled(1), 0);
    assertThatThrownBy(() -> file.writeFully(filled(1), LENGTH))
        .isInstanceOf(DiskFullException.class);
    assertThat(file.size()).isEqualTo(LENGTH + 100);
    file.writeFully(filled(2), 100); // nothing grows
    file.truncate(0);
    file.writeFully(filled(3), 0);
    disk.capacityBytes(Long.MAX_VALUE);
    disk.fillUpFrom(1, 1);
    assertThatThrownBy(() -> file.writeFully(filled(1), 0)).isInstanceOf(DiskFullException.class);
    assertThat(disk.heal()).isTrue();
    file.writeFully(filled(3), 0);
  }

  @Test
  void theSameSeedDoesTheSame() throws IOException {
    byte[][] results = new byte[2][];
    for (int i = 0; i < 2; i++) {
      SimulatedIo disk = disk(7);
      StorageFile file = created(disk);
      for (int at = 0; at < 20; at++) {
        file.writeFully(filled(at), at * 700L);
      }
      disk.crash();
      results[i] = disk.content(FILE);
    }
    assertThat(results[0]).isEqualTo(results[1]);
  }

  @Test
  void locksExcludeEachOtherAndGoWithTheFirstClose() throws IOException {
    SimulatedIo disk = disk(1);
    StorageFile one = created(disk);
    StorageFile two = disk.open(FILE, OpenMode.READ_WRITE);
    assertThat(one.tryLock(0, 10, false).isValid()).isTrue();
    assertThat(two.tryLock(9, 1, true)).isNull();
    two.tryLock(10, 1, false).release();
    assertThat(one.tryLock(10, 1, false)).isNotNull();
    two.close();
    assertThat(one.tryLock(0, 11, false)).isNotNull();
  }

  @Test
  void aMappedFileIsLostOrStaleAfterACrash() throws IOException {
    Set<Integer> seen = new HashSet<>();
    Path shm = DIRECTORY.resolve("x-shm");
    for (long seed = 0; seed < 50; seed++) {
      try (SimulatedIo disk = new SimulatedIo(seed, scratch)) {
        disk.mount(DIRECTORY);
        StorageFile file = disk.open(shm, OpenMode.CREATE);
        disk.syncDirectory(DIRECTORY);
        file.map(0, 32768).putInt(0, 17);
        assertThat(
                ByteBuffer.wrap(disk.content(shm)).order(java.nio.ByteOrder.nativeOrder()).getInt())
            .isEqualTo(17);
        disk.crash();
        byte[] after = disk.content(shm);
        seen.add(after.length == 0 ? -1 : (int) after[0]);
      }
    }
    assertThat(seen).containsExactlyInAnyOrder(-1, 0, 17);
  }
}
