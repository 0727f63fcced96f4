package io.walcast.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testing.BytesIo;
import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/** The names in a segment directory: lines of the input. */
public final class SegmentNamesTarget implements FuzzTarget {

  /** A name can be one byte, and a path and its match are some objects. */
  private static final MemoryBound BOUND = new MemoryBound(32 * 1024, 512);

  private static final Path DIRECTORY = Path.of("log");
  private static final String DIGITS = "0123456789";

  @Override
  public List<byte[]> seeds() {
    return List.of(
            "00000000000000000001.seg\n00000000000000000017.seg\nposition",
            "00000000000000000001.seg.tmp\n.seg\n1.seg\n00000000000000000001 (copy).seg")
        .stream()
        .map(names -> names.getBytes(StandardCharsets.UTF_8))
        .toList();
  }

  @Override
  public void accept(byte[] input) throws Exception {
    BytesIo io = new BytesIo();
    io.put(DIRECTORY.resolve("any"), new byte[0]);
    TreeSet<Path> expected = new TreeSet<>();
    for (String name : new String(input, StandardCharsets.UTF_8).split("\n")) {
      if (!name.isEmpty() && !name.contains("/") && name.indexOf('\0') < 0) {
        Path path = DIRECTORY.resolve(name);
        io.put(path, new byte[0]);
        if (isSegmentName(name)) {
          expected.add(path);
        }
      }
    }
    SegmentDirectory directory = new SegmentDirectory(io, DIRECTORY, new BufferPool(0), true);
    List<Path> found = BOUND.hold(input.length, directory::segments);
    assertThat(found).containsExactlyElementsOf(expected);
  }

  private static boolean isSegmentName(String name) {
    return name.length() == 24
        && name.endsWith(".seg")
        && name.substring(0, 20).chars().allMatch(c -> DIGITS.indexOf(c) >= 0);
  }
}
