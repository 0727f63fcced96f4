package io.walcast.testkit.fuzz;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The inputs that are tried without a fuzzer: the seeds of a target and what was kept of its
 * failures, whole and damaged at each byte. Stateless; any thread.
 */
public final class FuzzInputs {

  private FuzzInputs() {}

  static Map<String, byte[]> of(Class<?> target) throws Exception {
    Map<String, byte[]> inputs = new LinkedHashMap<>();
    List<byte[]> seeds = FuzzEntry.make(target).seeds();
    for (int i = 0; i < seeds.size(); i++) {
      inputs.put("seed " + i, seeds.get(i));
    }
    inputs.putAll(KeptInputs.of(target));
    return inputs;
  }

  /** Tries each as it is. */
  public static void replay(Class<? extends FuzzTarget> target) throws Exception {
    FuzzTarget made = FuzzEntry.make(target);
    for (Map.Entry<String, byte[]> input : of(target).entrySet()) {
      accept(made, input.getKey(), input.getValue());
    }
  }

  /** Tries each cut at every byte. */
  public static void replayCutAnywhere(Class<? extends FuzzTarget> target) throws Exception {
    FuzzTarget made = FuzzEntry.make(target);
    for (Map.Entry<String, byte[]> input : of(target).entrySet()) {
      byte[] whole = input.getValue();
      for (int length = 0; length < whole.length; length++) {
        accept(made, input.getKey() + " cut to " + length, Arrays.copyOf(whole, length));
      }
    }
  }

  /** Tries each with every byte flipped: its lowest, its highest, and all of its bits. */
  public static void replayFlippedAnywhere(Class<? extends FuzzTarget> target) throws Exception {
    FuzzTarget made = FuzzEntry.make(target);
    for (Map.Entry<String, byte[]> input : of(target).entrySet()) {
      for (int at = 0; at < input.getValue().length; at++) {
        for (int bits : new int[] {1, 0x80, 0xff}) {
          byte[] flipped = input.getValue().clone();
          flipped[at] ^= (byte) bits;
          accept(made, input.getKey() + ", byte " + at + " ^ " + bits, flipped);
        }
      }
    }
  }

  private static void accept(FuzzTarget target, String name, byte[] input) {
    try {
      target.accept(input);
    } catch (Exception | AssertionError e) {
      throw new AssertionError(
          target.getClass().getSimpleName() + ", " + name + ": " + KeptInputs.print(input), e);
    }
  }
}
