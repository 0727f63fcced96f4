package io.walcast.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.StorageFile;
import io.walcast.testing.BytesIo;
import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A write-ahead log: its header, its frames, the wal-index rebuilt from it. Each input is tried as
 * it is and with its salts and checksums made right.
 */
public final class WalTarget implements FuzzTarget {

  /** One read buffer of 512 KiB is due where the wal-index claims so many frames. */
  private static final MemoryBound CLAIMED = new MemoryBound(600 * 1024, 2);

  /** Some copies of one hash block of 32 KiB; no input here fills more. */
  private static final MemoryBound RECOVERED = new MemoryBound(256 * 1024, 8);

  private static final MemoryBound BOUND = new MemoryBound(32 * 1024, 4);
  private static final Path DATABASE = Path.of("x.db");
  private static final Path PATH = Path.of("x.db-wal");
  private static final int PAGE_SIZE = 512;

  @Override
  public List<byte[]> seeds() {
    byte[] little = wal(0x377f0682);
    return List.of(Arrays.copyOf(little, WalHeader.LENGTH), little, wal(0x377f0683));
  }

  private static byte[] wal(int magic) {
    int[] pageNos = {1, 2, 1, 3, 2};
    int[] sizesAfter = {0, 2, 3, 0, 3};
    int frameSize = 24 + PAGE_SIZE;
    ByteBuffer wal = ByteBuffer.allocate(32 + pageNos.length * frameSize);
    wal.putInt(magic).putInt(3007000).putInt(PAGE_SIZE).putInt(7).putInt(11).putInt(22);
    for (int i = 0; i < pageNos.length; i++) {
      wal.putInt(32 + i * frameSize, pageNos[i]).putInt(36 + i * frameSize, sizesAfter[i]);
    }
    return new SlowWal(wal.array()).withChecksums();
  }

  @Override
  public void accept(byte[] input) throws Exception {
    wal(input);
    wal(new SlowWal(input).withChecksums());
  }

  private static void wal(byte[] content) throws Exception {
    SlowWal slow = new SlowWal(content);
    StorageFile file = new BytesIo().put(PATH, content);
    Optional<WalHeader> header = BOUND.hold(content.length, () -> WalHeader.read(file));
    assertThat(header.isPresent()).isEqualTo(slow.hasHeader());
    assertThat(WalHeader.parse(content)).isEqualTo(header);
    if (header.isPresent()) {
      assertThat(header.get().encode().array()).isEqualTo(Arrays.copyOf(content, 32));
      List<SlowWal.Frame> expected = slow.frames();
      int room = slow.room();
      int read = BOUND.hold(content.length, () -> read(file, header.get(), room, expected));
      assertThat(read).isEqualTo(expected.size());
      int claimed = Integer.MAX_VALUE;
      read = CLAIMED.hold(content.length, () -> read(file, header.get(), claimed, expected));
      assertThat(read).isLessThanOrEqualTo(expected.size()); // those of one read come together
    }
    RECOVERED.hold(content.length, () -> recovered(file, slow));
  }

  private static int read(
      StorageFile file, WalHeader header, int last, List<SlowWal.Frame> expected)
      throws IOException {
    WalFrames frames =
        new WalFrames(
            file,
            header.pageSize(),
            header.salt1(),
            header.salt2(),
            header.bigEndianChecksum(),
            1,
            last,
            header.checksum());
    int count = 0;
    try {
      while (frames.next()) {
        SlowWal.Frame frame = expected.get(count++);
        assertThat(frames.frame()).isEqualTo(count);
        assertThat(frames.pageNo()).isEqualTo(frame.pageNo());
        assertThat(frames.sizeAfter()).isEqualTo(frame.sizeAfter());
        assertThat(frames.checksum()).isEqualTo(frame.checksum());
        assertThat(frames.page().remaining()).isEqualTo(header.pageSize());
      }
    } catch (WalDamagedException | EOFException end) {
      assertThat(end).hasMessageContaining(PATH.toString());
    }
    return count;
  }

  private static WalIndexHeader recovered(StorageFile wal, SlowWal slow) throws IOException {
    StorageFile shm = new ShmBytes(new byte[0]);
    BytesIo io = new BytesIo();
    WalIndex index = new WalIndex(shm);
    index.growFor(1);
    WalLocks locks = new WalLocks(io, shm, DATABASE);
    int pageSize = slow.hasHeader() ? slow.pageSize() : PAGE_SIZE;
    new WalRecovery(wal, index, locks, pageSize, Steps.NONE).run(Duration.ZERO);
    WalIndexHeader header = index.readHeader();
    List<SlowWal.Frame> frames = slow.hasHeader() ? slow.frames() : List.of();
    int last = frames.size();
    while (last > 0 && frames.get(last - 1).sizeAfter() == 0) {
      last--;
    }
    assertThat(header.maxFrame()).isEqualTo(last);
    assertThat(header.sizePages()).isEqualTo(last == 0 ? 0 : frames.get(last - 1).sizeAfter());
    for (int frame = 1; frame <= last; frame++) {
      int pageNo = frames.get(frame - 1).pageNo();
      assertThat(index.pageNo(frame)).isEqualTo(pageNo);
      assertThat(index.findFrame(pageNo, frame)).isEqualTo(frame);
    }
    return header;
  }
}
