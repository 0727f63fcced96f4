package io.walcast.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.segment.SealedSegment;
import io.walcast.segment.SegmentFrames;
import io.walcast.testkit.PageSum;
import io.walcast.testkit.RecordingReader.View;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Every state of the database that the captured frames go through, one for each transaction, known
 * from nothing but the frames. A state is its size and the {@link PageSum} of its pages.
 */
final class CapturedHistory {

  record State(int pages, long sum) {}

  private final List<State> states = new ArrayList<>();
  private final Map<Integer, Long> open = new HashMap<>();
  private UUID logId;
  private int firstOfLog;
  private long lastFrameNo;
  private boolean committed;
  private long[] terms = new long[1024];
  private int pages;
  private long sum;

  /** Adds a segment; it must consist of whole transactions. */
  synchronized void add(SealedSegment segment) throws IOException {
    if (!segment.logId().equals(logId)) {
      logId = segment.logId();
      firstOfLog = states.size();
      lastFrameNo = 0;
      Arrays.fill(terms, 0);
      pages = 0;
      sum = 0;
    }
    SegmentFrames.visit(
        segment,
        (frameNo, pageNo, sizeAfter, page) -> {
          assertThat(frameNo).as("a frame number").isGreaterThan(lastFrameNo);
          lastFrameNo = frameNo;
          open.put(pageNo, PageSum.of(pageNo, page));
          committed = sizeAfter != 0;
          if (committed) {
            commit(sizeAfter);
          }
        });
    assertThat(committed).as("%s ends with a commit", segment).isTrue();
    assertThat(pages).as("size after %s", segment).isEqualTo(segment.sizeAfter());
  }

  private void commit(int sizeAfter) {
    for (int pageNo = sizeAfter + 1; pageNo <= pages; pageNo++) {
      set(pageNo, 0);
    }
    open.forEach(
        (pageNo, term) -> {
          if (pageNo <= sizeAfter) {
            set(pageNo, term);
          }
        });
    open.clear();
    pages = sizeAfter;
    states.add(new State(pages, sum));
  }

  private void set(int pageNo, long term) {
    if (pageNo >= terms.length) {
      terms = Arrays.copyOf(terms, Math.max(pageNo + 1, 2 * terms.length));
    }
    sum ^= terms[pageNo] ^ term;
    terms[pageNo] = term;
  }

  synchronized List<State> states() {
    return List.copyOf(states);
  }

  /** The state after everything. */
  synchronized State last() {
    return states.get(states.size() - 1);
  }

  /**
   * Checks each view of a reader against the state of the very commit that it saw. Nothing may have
   * been resynced since the log began; views of what was before it are passed over.
   *
   * @param end a view of the last captured commit, which tells which state belongs to which commit
   * @return the number of different commits that were checked
   */
  synchronized int check(List<View> views, View end) {
    assertThat(last()).as("the state at the end").isEqualTo(stateOf(end));
    Map<Integer, View> checked = new HashMap<>();
    for (View view : views) {
      int at = states.size() - 1 - (end.change() - view.change());
      if (at >= firstOfLog) {
        assertThat(stateOf(view))
            .as("what a reader saw after commit %d, captured transaction %d", view.change(), at)
            .isEqualTo(states.get(at));
        checked.put(view.change(), view);
      }
    }
    return checked.size();
  }

  private static State stateOf(View view) {
    return new State(view.pages(), view.sum());
  }
}
