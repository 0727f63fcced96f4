package io.walcast.simulation;

import static io.walcast.simulation.SimulationFailure.check;

import io.walcast.registry.SharedWal;
import io.walcast.transaction.ReadTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open snapshot, and what it has to show whatever happens. */
final class OpenReader {

  final Tenant tenant;
  final SharedWal wal;
  final ReadTransaction snapshot;
  final DatabaseState expected;
  private boolean busy; // one of its calls is running

  OpenReader(Tenant tenant, SharedWal wal, ReadTransaction snapshot, DatabaseState expected) {
    this.tenant = tenant;
    this.wal = wal;
    this.snapshot = snapshot;
    this.expected = expected;
    check(
        snapshot.frameNo() == expected.frameNo() && snapshot.sizePages() == expected.sizePages(),
        "%s: a snapshot of frame %d, %d pages where frame %d, %d pages is committed",
        tenant,
        snapshot.frameNo(),
        snapshot.sizePages(),
        expected.frameNo(),
        expected.sizePages());
  }

  void busy(boolean now) {
    busy = now;
  }

  boolean isFree() {
    return !busy;
  }

  /** Whether its log is still the one that is open: else its reads may fail. */
  boolean isCurrent() {
    return tenant.wal == wal;
  }

  void checkPage(int pageNo) throws IOException {
    ByteBuffer page = ByteBuffer.allocate(wal.pageSize()); // its own: others read in between
    snapshot.readPage(pageNo, page);
    checkVersion(pageNo, PageContent.version(page.flip(), tenant + ", page " + pageNo));
  }

  void checkVersion(int pageNo, long version) {
    check(
        version == expected.version(pageNo),
        "%s: page %d at frame %d is version %d, not %d",
        tenant,
        pageNo,
        expected.frameNo(),
        version,
        expected.version(pageNo));
  }

  /** Checks every page that was ever changed, and a few of the others. */
  void checkAll(int lockBytePage) throws IOException {
    for (int pageNo : expected.versions().keySet()) {
      checkPage(pageNo);
    }
    for (int pageNo = Math.max(1, expected.sizePages() - 3);
        pageNo <= expected.sizePages();
        pageNo++) {
      if (pageNo != lockBytePage) {
        checkPage(pageNo);
      }
    }
  }
}
