package io.walcast.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.TwoSlotFile;
import io.walcast.testing.BytesIo;
import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The two anchors of a replica's position, in a file whose checksum fits; then a counter. */
public final class ReplicaPositionTarget implements FuzzTarget {

  private static final MemoryBound BOUND = new MemoryBound(32 * 1024, 8);
  private static final Path PATH = Path.of("position");
  private static final int ANCHORS = 2 * PositionAnchor.LENGTH;

  @Override
  public List<byte[]> seeds() {
    ByteBuffer input = ByteBuffer.allocate(ANCHORS + 4);
    new PositionAnchor(new UUID(1, 2), 3, 400, 5000).encode(input);
    PositionAnchor.nothingAt(77).encode(input);
    byte[] newest = input.putInt(5000 + 256 * 6).array().clone();
    byte[] before = input.putInt(ANCHORS, 77).array();
    return List.of(newest, before);
  }

  @Override
  public void accept(byte[] input) throws Exception {
    ByteBuffer bytes = ByteBuffer.wrap(Arrays.copyOf(input, ANCHORS + 4));
    BytesIo io = new BytesIo();
    new TwoSlotFile(io, PATH, ANCHORS).write(bytes.slice(0, ANCHORS), true);
    int counter = bytes.getInt(ANCHORS);
    ReplicaPosition position = new ReplicaPosition(io, PATH);
    Optional<PositionAnchor> found = BOUND.hold(input.length, () -> position.inForce(counter));
    if (found.isPresent()) {
      PositionAnchor anchor = found.get();
      ByteBuffer encoded = ByteBuffer.allocate(PositionAnchor.LENGTH);
      anchor.encode(encoded);
      assertThat(encoded.flip())
          .isIn(
              bytes.slice(0, PositionAnchor.LENGTH),
              bytes.slice(PositionAnchor.LENGTH, PositionAnchor.LENGTH));
      long frameNo = anchor.frameNoAt(counter).getAsLong();
      assertThat(frameNo).isNotNegative();
      if (anchor.covers(anchor.logId(), anchor.epoch(), frameNo)) {
        assertThat(anchor.isNothing() || anchor.counterAt(frameNo) == counter).isTrue();
      }
    }
  }
}
