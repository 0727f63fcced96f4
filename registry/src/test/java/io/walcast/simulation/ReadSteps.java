package io.walcast.simulation;

import io.walcast.transaction.ReadTransaction;
import java.io.IOException;
import java.util.List;

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
        new Step(tenant + ": a reader goes", Kind.READ, this::areThere, this::go));
  }

  private boolean mayCome() {
    return tenant.isOpen() && tenant.readers.size() < MAX_READERS;
  }

  private boolean areThere() {
    return !tenant.readers.isEmpty();
  }

  private void come() throws IOException {
    tenant.observe();
    ReadTransaction snapshot = tenant.wal.beginRead();
    tenant.readers.add(new OpenReader(tenant, tenant.wal, snapshot, tenant.history.committed()));
  }

  private void read() {
    OpenReader reader = world.dice.pick(tenant.readers);
    int size = reader.expected.sizePages();
    int pageNo = size == 0 ? 1 : world.dice.between(1, size);
    if (size == 0 || pageNo == world.weather.lockBytePage()) {
      return;
    }
    try {
      reader.checkPage(pageNo);
    } catch (IOException e) {
      if (reader.isCurrent()) {
        world.excuse(e, tenant);
      }
    }
  }

  private void go() {
    OpenReader reader = world.dice.pick(tenant.readers);
    tenant.readers.remove(reader);
    reader.snapshot.close();
  }
}
