package io.walcast.segment;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.fuzz.FuzzTarget;
import io.walcast.testkit.fuzz.MemoryBound;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A namespace's name, from bytes taken as UTF-8 and as UTF-16. */
public final class NamespaceTarget implements FuzzTarget {

  private static final MemoryBound BOUND = new MemoryBound(32 * 1024, 32);
  private static final Path BASE = Path.of("/base");

  @Override
  public List<byte[]> seeds() {
    return List.of("orders", "a/b-c/d_e.f", "../x", "a//b", "a\n\u2028b", "x".repeat(201)).stream()
        .map(name -> name.getBytes(StandardCharsets.UTF_8))
        .toList();
  }

  @Override
  public void accept(byte[] input) throws Exception {
    name(input.length, new String(input, StandardCharsets.UTF_8));
    name(input.length, new String(input, StandardCharsets.UTF_16BE));
  }

  private static void name(int bytes, String name) throws Exception {
    boolean valid = BOUND.hold(bytes, () -> Namespace.isValid(name));
    String printed = BOUND.hold(bytes, () -> Namespace.printable(name));
    assertThat(printed.codePoints().noneMatch(NamespaceTarget::disturbsALogLine))
        .as(printed)
        .isTrue();
    assertThat(printed.length()).isLessThanOrEqualTo(Namespace.MAX_LENGTH + 3);
    assertThat(valid).isEqualTo(isName(name));
    if (valid) {
      assertThat(new Namespace(name)).hasToString(name);
      Path path = BASE.resolve(name).normalize();
      assertThat(path.startsWith(BASE)).isTrue();
      assertThat(path).hasToString(BASE + "/" + name);
    }
  }

  private static boolean disturbsALogLine(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }

  /** The rule once more, without a regular expression. */
  private static boolean isName(String name) {
    boolean holds = !name.isEmpty() && name.length() <= 200;
    char before = '/';
    for (char c : name.toCharArray()) {
      boolean plain =
          c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || c >= '0' && c <= '9'
              || c == '_'
              || c == '-';
      holds &= plain || before != '/' && (c == '.' || c == '/');
      before = c;
    }
    return holds && before != '/';
  }
}
