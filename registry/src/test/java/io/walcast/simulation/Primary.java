package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The database elsewhere that a tenant is a replica of. It never forgets: a replica that a crash
 * has thrown back is given the same transactions again. What it has published is in the storage,
 * which so is ahead of the replica.
 */
final class Primary {

  /** A frame as it was captured. */
  record Frame(long frameNo, int pageNo, long version) {}

  /**
   * One transaction.
   *
   * @param frames in the order of their numbers; not all of them are the newest of their page
   * @param changes the newest version of each page
   */
  record Change(
      long frameNo, int sizePages, List<Frame> frames, SortedMap<Integer, Long> changes) {}

  private final World world;
  private final List<DatabaseState> states = new ArrayList<>(); // one more than changes
  private final List<Change> changes = new ArrayList<>();
  private int published; // changes

  Primary(World world, DatabaseState first) {
    this.world = world;
    states.add(first);
  }

  /** The transaction that comes after a state of this database. */
  Change after(long frameNo) {
    int i = indexOf(frameNo);
    if (i == changes.size()) {
      thinkUp();
    }
    return changes.get(i);
  }

  private int indexOf(long frameNo) {
    for (int i = 0; i < states.size(); i++) {
      if (states.get(i).frameNo() == frameNo) {
        return i;
      }
    }
    throw new SimulationFailure("frame " + frameNo + " ends no transaction of the primary");
  }

  DatabaseState at(long frameNo) {
    return states.get(indexOf(frameNo));
  }

  long publishedFrameNo() {
    return states.get(published).frameNo();
  }

  private void thinkUp() {
    DatabaseState base = states.get(states.size() - 1);
    int least = Math.max(1, world.weather.baseSizePages() - 3);
    int most = world.weather.baseSizePages() + world.weather.maxSizePages();
    int size = world.dice.between(least, most);
    SortedMap<Integer, Long> pages = new TreeMap<>();
    for (int pageNo = base.sizePages() + 1; pageNo <= size; pageNo++) {
      pages.put(pageNo, world.nextVersion());
    }
    for (int i = world.dice.between(0, 5); i >= 0; i--) {
      pages.put(world.dice.between(Math.max(1, size - 20), size), world.nextVersion());
    }
    pages.remove(world.weather.lockBytePage());
    if (pages.isEmpty()) {
      pages.put(1, world.nextVersion());
    }
    List<Frame> frames = new ArrayList<>();
    long frameNo = base.frameNo();
    if (size < base.sizePages() && world.dice.oneIn(2)) { // of a page that goes with the commit
      frames.add(new Frame(++frameNo, base.sizePages(), world.nextVersion()));
    }
    for (int pageNo : pages.keySet()) {
      if (world.dice.oneIn(5)) { // an older version, which may come later
        frames.add(new Frame(++frameNo, pageNo, world.nextVersion()));
      }
      frameNo += world.dice.oneIn(4) ? world.dice.between(2, 9) : 1;
      frames.add(new Frame(frameNo, pageNo, pages.get(pageNo)));
    }
    if (size < base.sizePages() && world.dice.oneIn(2)) {
      frames.add(new Frame(++frameNo, base.sizePages(), world.nextVersion()));
    }
    frames.removeIf(frame -> frame.pageNo() == world.weather.lockBytePage());
    frameNo = frames.get(frames.size() - 1).frameNo();
    changes.add(new Change(frameNo, size, frames, pages));
    states.add(base.after(frameNo, size, pages));
  }

  /** The newest frame of each page that changed after one state and up to another. */
  SortedMap<Integer, Frame> between(long afterFrameNo, long upToFrameNo) {
    SortedMap<Integer, Frame> newest = new TreeMap<>();
    int size = at(upToFrameNo).sizePages();
    for (Change change : changes) {
      if (change.frameNo() > afterFrameNo && change.frameNo() <= upToFrameNo) {
        change.frames().forEach(frame -> newest.put(frame.pageNo(), frame));
      }
    }
    newest.tailMap(size + 1).clear();
    return newest;
  }

  /** Puts what is not yet in the storage there, as one segment that ends with a transaction. */
  void publishUpTo(Tenant tenant, long frameNo) {
    int end = indexOf(frameNo);
    if (end > published) {
      DatabaseState before = states.get(published);
      DatabaseState after = states.get(end);
      published = end;
      StoredSegment segment =
          StoredSegment.published(
              world, tenant, before, after, between(before.frameNo(), after.frameNo()));
      world.trace.note(() -> "published: " + segment.key());
      world.storage.put(tenant, segment);
    }
    check(publishedFrameNo() >= frameNo, "%s: frame %d is not published", tenant, frameNo);
  }

  /** Goes on without waiting for the replica. */
  void runAhead(Tenant tenant) {
    long end = publishedFrameNo();
    for (int i = world.dice.between(1, 3); i > 0; i--) {
      end = after(end).frameNo();
    }
    publishUpTo(tenant, end);
  }
}
