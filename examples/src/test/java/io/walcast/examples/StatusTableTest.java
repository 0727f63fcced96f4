package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatusTableTest {

  @Test
  void showsALineForEachNamespaceBelowAHeading() {
    List<String> lines =
        StatusTable.lines(
            List.of(
                new NamespaceStatus("shop/orders", "ATTACHED", "LIVE", "", 120, 110, 100, 35),
                new NamespaceStatus("old", "REFUSED", "", "not in WAL mode", 0, 0, 0, 0)));

    assertThat(lines)
        .containsExactly(
            "  namespace                     committed  published    applied      lag   lag ms",
            "  shop/orders                         120        110        100       20       35",
            "  old                                   0          -          -        0        0"
                + "  REFUSED: not in WAL mode");
  }

  @Test
  void saysTheSameInASentence() {
    assertThat(
            StatusTable.sentence(
                new NamespaceStatus("a", "ATTACHED", "QUARANTINED", "bad frame", 7, 6, 5, 40)))
        .isEqualTo(
            "  a: committed 7, published 6, applied 5, behind 2 frames, 40 ms;"
                + " QUARANTINED: bad frame");
  }

  @Test
  void showsTheTroubledAndTheBusiestOfTooMany() {
    List<NamespaceStatus> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(new NamespaceStatus("db" + i, "ATTACHED", "LIVE", "", 100 + i, 100, 100, 0));
    }
    all.add(new NamespaceStatus("bad", "REFUSED", "", "locked", 0, 0, 0, 0));

    List<String> lines = StatusTable.lines(all);

    assertThat(lines).hasSize(22);
    assertThat(lines.get(1)).contains("bad", "locked");
    assertThat(lines.get(2)).contains("db99");
    assertThat(lines.get(21)).contains("101 namespaces; 99 behind, 1 refused");
  }

  @Test
  void cutsALongNameAtTheFrontWhereItSaysLeast() {
    String line =
        StatusTable.lines(
                List.of(
                    new NamespaceStatus(
                        "a".repeat(40) + "/orders", "ATTACHED", "", "", 1, 1, 1, 0)))
            .get(1);

    assertThat(line).startsWith("  ...aa").contains("/orders ");
  }
}
