package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.segment.PageStream;
import io.walcast.transaction.ReadTransaction;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.roaringbitmap.RoaringBitmap;

/** Readers of one database come, read and go. */
final class ReadSteps {

  private static final int MAX_READERS = 4;

  private final World world;
  private final Tenant tenant;

  ReadSteps(World world, Tenant tenant) {
    this.world = world;
    this.tenant = tenant;
  }

  List<Step> steps() {
    return List.of(
        new Step(tenant + ": a reader comes", Kind.READ, this::mayCome, this::come),
        new Step(tenant + ": a reader reads", Kind.READ, this::areThere, this::read),
        new Step(tenant + ": a reader renews", Kind.READ, this::areThere, this::renew),
        new Step(tenant + ": a reader streams", Kind.READ, this::areThere, this::stream),
        new Step(tenant + ": a reader goes", Kind.READ, this::areThere, this::go));
  }

  private boolean mayCome() {
    return tenant.isOpen() && tenant.readers.size() < MAX_READERS;
  }

  private boolean areThere() {
    return tenant.readers.stream().anyMatch(OpenReader::isFree);
  }

  /** A reader of whom no call is running: a snapshot is for one thread. */
  private OpenReader anyReader() {
    return world.dice.pick(tenant.readers.stream().filter(OpenReader::isFree).toList());
  }

  private void come() throws IOException {
    tenant.observe();
    tenant.readersSeen++;
    ReadTransaction snapshot = tenant.wal.beginRead();
    tenant.readers.add(new OpenReader(tenant, tenant.wal, snapshot, tenant.history.committed()));
  }

  private void read() {
    OpenReader reader = anyReader();
    int size = reader.expected.sizePages();
    int pageNo = size == 0 ? 1 : world.dice.between(1, size);
    if (size == 0 || pageNo == world.weather.lockBytePage()) {
      return;
    }
    reader.busy(true);
    try {
      reader.checkPage(pageNo);
    } catch (IOException e) {
      if (reader.isCurrent()) {
        world.excuse(e, tenant);
      }
    } finally {
      reader.busy(false);
    }
  }

  private void renew() {
    OpenReader reader = anyReader();
    try {
      if (reader.isCurrent()) {
        tenant.observe();
      }
      tenant.readersSeen++;
      ReadTransaction renewed = reader.snapshot.renew();
      OpenReader next = new OpenReader(tenant, reader.wal, renewed, tenant.history.committed());
      tenant.reservationOf(reader, next);
      tenant.readers.remove(reader);
      tenant.readers.add(next);
    } catch (IOException e) {
      check(!reader.isCurrent(), "%s: cannot renew: %s", tenant, e);
    }
  }

  /** All pages changed since some frame, newest first, as far as the segments have them. */
  private void stream() {
    OpenReader reader = anyReader();
    long about = reader.expected.frameNo() - world.dice.below(40);
    long above = tenant.history.upTo(about).frameNo();
    Set<Integer> changed = tenant.history.changedBetween(above, reader.expected.frameNo());
    Set<Integer> found = new TreeSet<>();
    reader.busy(true);
    try (PageStream pages = reader.snapshot.pages(new RoaringBitmap(), above)) {
      long lowest = Math.max(above, pages.startFrameNo() - 1);
      while (pages.next()) {
        check(found.add(pages.pageNo()), "%s: page %d comes again", tenant, pages.pageNo());
        check(pages.frameNo() > lowest, "%s: frame %d is too old", tenant, pages.frameNo());
        long version = PageContent.version(pages.page(), tenant + ", streamed");
        reader.checkVersion(pages.pageNo(), version);
      }
      check(changed.containsAll(found), "%s: %s changed, %s came", tenant, changed, found);
      changed = tenant.history.changedBetween(lowest, reader.expected.frameNo());
      check(found.containsAll(changed), "%s: %s changed, %s came", tenant, changed, found);
    } catch (IOException e) {
      if (reader.isCurrent()) {
        world.excuse(e, tenant);
      }
    } finally {
      reader.busy(false);
    }
  }

  private void go() {
    OpenReader reader = anyReader();
    tenant.readers.remove(reader);
    tenant.reservationOf(reader, null);
    reader.snapshot.close();
  }
}
