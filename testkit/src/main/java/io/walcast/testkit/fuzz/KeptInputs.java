package io.walcast.testkit.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Inputs that a target once failed on: {@code src/test/fuzz/<simple name of the target>/*.hex} of
 * the module, hexadecimal digits, with comments from {@code #} to the end of a line and {@code
 * XX*N} for a byte that is repeated. Stateless; any thread.
 */
final class KeptInputs {

  private static final Path DIRECTORY = Path.of("src", "test", "fuzz");

  private static final int SHORTEST_RUN = 8;

  private KeptInputs() {}

  static Map<String, byte[]> of(Class<?> target) throws IOException {
    Map<String, byte[]> inputs = new TreeMap<>();
    Path directory = DIRECTORY.resolve(target.getSimpleName());
    if (Files.isDirectory(directory)) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          inputs.put(file.getFileName().toString(), parse(Files.readAllLines(file)));
        }
      }
    }
    return inputs;
  }

  static byte[] parse(List<String> lines) {
    StringBuilder digits = new StringBuilder();
    for (String line : lines) {
      for (String word : line.replaceFirst("#.*", "").trim().split("\\s+")) {
        int star = word.indexOf('*');
        digits.append(
            star < 0
                ? word
                : word.substring(0, star).repeat(Integer.parseInt(word.substring(star + 1))));
      }
    }
    return HexFormat.of().parseHex(digits);
  }

  /** An input as {@link #parse} reads it, runs of one byte being written short. */
  static String print(byte[] input) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < input.length) {
      int end = at;
      while (end < input.length && input[end] == input[at]) {
        end++;
      }
      String digits = HexFormat.of().toHexDigits(input[at]);
      boolean isRun = end - at >= SHORTEST_RUN;
      text.append(isRun ? " " + digits + "*" + (end - at) + " " : digits.repeat(end - at));
      at = end;
    }
    return text.toString().trim();
  }
}
