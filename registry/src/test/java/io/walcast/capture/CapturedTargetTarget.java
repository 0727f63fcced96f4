package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.TwoSlotFile;
import io.walcast.segment.LogPosition;
import io.walcast.sqlite.DatabaseHeader;
import io.walcast.testing.BytesIo;
import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** How far a captured log is folded: the payload, in a file whose checksum fits. */
public final class CapturedTargetTarget implements FuzzTarget {

  private static final MemoryBound BOUND = new MemoryBound(32 * 1024, 8);
  private static final Path PATH = Path.of("folded");
  private static final int RECORD = 36;

  @Override
  public List<byte[]> seeds() {
    ByteBuffer record = ByteBuffer.allocate(RECORD);
    record.putLong(1).putLong(2).putLong(300).putInt(4).putInt(50).putInt(4096);
    return List.of(record.array());
  }

  @Override
  public void accept(byte[] input) throws Exception {
    BytesIo io = new BytesIo();
    ByteBuffer record = ByteBuffer.wrap(Arrays.copyOf(input, RECORD));
    new TwoSlotFile(io, PATH, RECORD).write(record.duplicate(), true);
    CapturedTarget target = new CapturedTarget(io, PATH);
    Optional<LogPosition> found = BOUND.hold(input.length, () -> position(target));
    if (found.isPresent()) {
      LogPosition p = found.get();
      assertThat(p.frameNo()).isNotNegative();
      assertThat(p.sizePages()).isNotNegative();
      assertThat(DatabaseHeader.isPageSize(p.pageSize())).isTrue();
      ByteBuffer again = ByteBuffer.allocate(RECORD);
      again.putLong(p.logId().getMostSignificantBits());
      again.putLong(p.logId().getLeastSignificantBits());
      again.putLong(p.frameNo()).putInt(p.epoch()).putInt(p.sizePages()).putInt(p.pageSize());
      assertThat(again.flip()).isEqualTo(record);
    }
  }

  private static Optional<LogPosition> position(CapturedTarget target) {
    try {
      return target.position();
    } catch (IOException refused) {
      assertThat(refused).hasMessageContaining(PATH.toString());
      return Optional.empty();
    }
  }
}
