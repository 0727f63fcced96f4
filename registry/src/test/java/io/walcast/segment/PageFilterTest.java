package io.walcast.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PageFilterTest {

  @Test
  void letsEveryPageThatWasAddedPass() {
    long seed = Long.getLong("walcast.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    for (int pages : new int[] {0, 1, 7, 8, 9, 1_000, 100_000}) {
      PageFilter filter = new PageFilter(pages);
      Set<Integer> added = new HashSet<>();
      for (int i = 0; i < pages; i++) {
        int pageNo = 1 + random.nextInt(Integer.MAX_VALUE - 1);
        added.add(pageNo);
        filter.add(pageNo);
      }
      assertThat(added).as("seed %d, %d pages", seed, pages).allMatch(filter::mayHold);
    }
  }

  @Test
  void stopsMostOfTheOthersWhetherPagesAreDenseOrSpread() {
    for (int step : new int[] {1, 2, 64, 1_000, 4_096}) {
      PageFilter filter = new PageFilter(1_000);
      for (int i = 0; i < 1_000; i++) {
        filter.add(1 + i * step);
      }
      int passed = 0;
      for (int i = 1_000; i < 11_000; i++) {
        passed += filter.mayHold(1 + i * step) ? 1 : 0;
      }
      assertThat(passed).as("of 10,000, step %d", step).isLessThan(2_000);
    }
  }

  @Test
  void anEmptyOneStopsEverything() {
    PageFilter filter = new PageFilter(0);
    assertThat(filter.mayHold(1)).isFalse();
    assertThat(filter.mayHold(Integer.MAX_VALUE)).isFalse();
  }
}
