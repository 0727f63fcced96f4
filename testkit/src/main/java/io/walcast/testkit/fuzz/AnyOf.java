package io.walcast.testkit.fuzz;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Several small targets as one, since a JVM for each takes longer to start than to find out: the
 * first byte of an input says whose the rest is. Used by one thread.
 */
public abstract class AnyOf implements FuzzTarget {

  private final List<FuzzTarget> targets = new ArrayList<>();

  /** Makes one of each. */
  protected AnyOf(List<Class<? extends FuzzTarget>> types) throws ReflectiveOperationException {
    for (Class<? extends FuzzTarget> type : types) {
      targets.add(FuzzEntry.make(type));
    }
  }

  /** What each starts from, and what was kept of its failures. */
  @Override
  public final List<byte[]> seeds() throws Exception {
    List<byte[]> seeds = new ArrayList<>();
    for (int i = 0; i < targets.size(); i++) {
      for (byte[] input : FuzzInputs.of(targets.get(i).getClass()).values()) {
        seeds.add(ByteBuffer.allocate(1 + input.length).put((byte) i).put(input).array());
      }
    }
    return seeds;
  }

  @Override
  public final void accept(byte[] input) throws Exception {
    if (input.length > 0) {
      FuzzTarget target = targets.get(Byte.toUnsignedInt(input[0]) % targets.size());
      target.accept(Arrays.copyOfRange(input, 1, input.length));
    }
  }
}
