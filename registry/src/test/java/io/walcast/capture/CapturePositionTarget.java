package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.FileIdentity;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The position file's payload, which comes with a checksum that fits. */
public final class CapturePositionTarget implements FuzzTarget {

  private static final MemoryBound BOUND = new MemoryBound(32 * 1024, 8);

  @Override
  public List<byte[]> seeds() {
    CapturePosition wal =
        new CapturePosition(
            new UUID(1, 2),
            3,
            4096,
            5,
            6,
            7,
            Optional.of(new WalPoint(8, 9, 10, 11, 12)),
            Optional.empty());
    FileIdentity file =
        new FileIdentity(6, 7, 8192, Instant.ofEpochSecond(1, 2), Instant.ofEpochSecond(3, 4));
    CapturePosition closed =
        new CapturePosition(new UUID(1, 2), 3, 512, 5, 6, 7, Optional.empty(), Optional.of(file));
    return List.of(
        wal.encode().array(), closed.encode().array(), closed.withNothing().encode().array());
  }

  @Override
  public void accept(byte[] input) throws Exception {
    byte[] payload = Arrays.copyOf(input, CapturePosition.BYTES);
    Optional<CapturePosition> found =
        BOUND.hold(payload.length, () -> CapturePosition.decode(payload));
    if (found.isPresent()) {
      byte[] again = found.get().encode().array();
      int used = found.get().closed().isPresent() ? 88 : found.get().wal().isPresent() ? 80 : 56;
      assertThat(Arrays.copyOf(again, used)).isEqualTo(Arrays.copyOf(payload, used));
      assertThat(found.get().frameNo()).isNotNegative();
      assertThat(DatabaseHeader.isPageSize(found.get().pageSize())).isTrue();
      found.get().wal().ifPresent(wal -> assertThat(wal.frame()).isNotNegative());
      found.get().closed().ifPresent(file -> assertThat(file.sizeBytes()).isNotNegative());
    }
  }
}
