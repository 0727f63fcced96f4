package io.walcast.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CatchUpTest {

  @Test
  void waitsForWhatWasCommittedAtTheFirstLookAndNotForMore() throws Exception {
    Looks looks =
        new Looks(
            List.of(
                List.of(),
                List.of(status("ATTACHED", 0, 0)),
                List.of(status("ATTACHED", 10, 0)),
                List.of(status("ATTACHED", 50, 9)),
                List.of(status("ATTACHED", 90, 10))));

    assertThat(new CatchUp(looks, Set.of("a")).await()).isEmpty();
    assertThat(looks.left).isEmpty();
  }

  @Test
  void aRefusalThatPassesIsNoFailure() throws Exception {
    Looks looks =
        new Looks(List.of(List.of(status("REFUSED", 0, 0)), List.of(status("ATTACHED", 10, 10))));

    assertThat(new CatchUp(looks, Set.of("a")).await()).isEmpty();
  }

  @Test
  void aReplicaThatNothingIsSentToIsCompleteWhenAllIsQuiet() throws Exception {
    CatchUp.Progress quiet =
        new CatchUp.Progress() {
          @Override
          public List<NamespaceStatus> status() {
            return List.of(new NamespaceStatus("a", "CLOSED", "", "", 10, 0, 0, 0));
          }

          @Override
          public void check() {}
        };

    assertThat(new CatchUp(quiet, Set.of("a")).await()).isEmpty();
  }

  @Test
  void aFailedConnectorEndsTheWait() {
    Looks looks = new Looks(List.of());

    assertThatThrownBy(() -> new CatchUp(looks, Set.of("a")).await())
        .isInstanceOf(IOException.class)
        .hasMessage("failed");
  }

  private static NamespaceStatus status(String sourceState, long committed, long applied) {
    return new NamespaceStatus("a", sourceState, "", "", committed, committed, applied, 0);
  }

  /** One look after the other; the connector fails when there are no more. */
  private static final class Looks implements CatchUp.Progress {
    private final Deque<List<NamespaceStatus>> left;

    private Looks(List<List<NamespaceStatus>> looks) {
      left = new ArrayDeque<>(looks);
    }

    @Override
    public List<NamespaceStatus> status() {
      return left.isEmpty() ? List.of() : left.pop();
    }

    @Override
    public void check() throws IOException {
      if (left.isEmpty()) {
        throw new IOException("failed");
      }
    }
  }
}
