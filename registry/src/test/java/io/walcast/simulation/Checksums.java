package io.walcast.simulation;

import io.walcast.sqlite.PageHash;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/** The checksum of a database, made of the model's pages. */
final class Checksums {

  private static final int NOT_STATED_EVERY = 5; // frames
  private static final int MANY_PAGES = 1_000;

  private Checksums() {}

  /** What a commit that leads to a state says of it; sometimes nothing. */
  static long stated(World world, DatabaseState state) {
    return state.frameNo() % NOT_STATED_EVERY == 0 ? PageHash.NOT_STATED : of(world, state);
  }

  /** Of a database that is too large only the pages that were ever changed count. */
  private static long of(World world, DatabaseState state) {
    Collection<Integer> pages = state.versions().keySet();
    if (state.sizePages() < MANY_PAGES) {
      List<Integer> all = IntStream.rangeClosed(1, state.sizePages()).boxed().toList();
      pages = all;
    }
    long sum = 0;
    for (int pageNo : pages) {
      boolean counts = state.version(pageNo) > 0 || state.sizePages() < MANY_PAGES;
      if (counts && pageNo != world.weather.lockBytePage()) {
        sum ^= PageHash.of(pageNo, PageContent.of(world.weather.pageSize(), state.version(pageNo)));
      }
    }
    return PageHash.stated(sum);
  }
}
