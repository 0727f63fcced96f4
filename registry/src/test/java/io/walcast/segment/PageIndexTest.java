package io.walcast.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PageIndexTest {

  @Test
  void agreesWithAModelThroughAddingAndTruncating() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    PageIndex index = new PageIndex(seed);
    List<Integer> model = new ArrayList<>();
    for (int step = 0; step < 20_000; step++) {
      if (random.nextInt(100) == 0) {
        int keep = model.size() - random.nextInt(Math.min(model.size(), 300) + 1);
        index.truncate(keep);
        model.subList(keep, model.size()).clear();
      } else {
        int pageNo = 1 + random.nextInt(1 << random.nextInt(1, 20));
        index.add(pageNo);
        model.add(pageNo);
      }
      int pageNo = model.isEmpty() ? 1 : model.get(random.nextInt(model.size()));
      int frames = random.nextInt(model.size() + 1);
      assertThat(index.find(pageNo, frames))
          .as("seed %d, step %d", seed, step)
          .isEqualTo(model.subList(0, frames).lastIndexOf(pageNo));
    }
    assertThat(index.newest(5000)).as("seed %d", seed).isEqualTo(newest(model, 5000));
  }

  @Test
  void pagesThatCollideInOneIndexDoNotInAnother() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    PageIndex known = new PageIndex(random.nextLong());
    PageIndex other = new PageIndex(random.nextLong());
    Set<Integer> homes = new HashSet<>();
    int colliding = 0;
    for (int pageNo = 1; colliding < 1_000; pageNo++) {
      if ((known.home(pageNo) & 0xfff) == 0) {
        colliding++;
        homes.add(other.home(pageNo) & 0xfff);
      }
    }
    assertThat(homes).as("seed %d", seed).hasSizeGreaterThan(600); // of 4,096: 887 by chance
  }

  private static long[] newest(List<Integer> model, int sizePages) {
    TreeMap<Integer, Integer> newest = new TreeMap<>();
    for (int ordinal = 0; ordinal < model.size(); ordinal++) {
      newest.put(model.get(ordinal), ordinal);
    }
    return newest.headMap(sizePages, true).entrySet().stream()
        .mapToLong(entry -> (long) entry.getKey() << 32 | entry.getValue())
        .toArray();
  }

  @Test
  void pagesOfATenGigabyteDatabaseStayBelow64Mebibytes() {
    long before = usedBytes();
    PageIndex index = new PageIndex(System.nanoTime());
    for (int pageNo = 1; pageNo <= 2_600_000; pageNo++) {
      index.add(pageNo);
    }
    assertThat(usedBytes() - before).as("while it grows").isLessThan(64L << 20);
    assertThat(index.find(2_600_000, index.size())).isEqualTo(2_599_999);

    PageTable table = new PageTable(index.newest(2_600_000));
    index = null;
    assertThat(usedBytes() - before).as("once it is sealed").isLessThan(48L << 20);
    assertThat(table.indexOf(2_600_000)).isEqualTo(2_599_999);
  }

  private static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
