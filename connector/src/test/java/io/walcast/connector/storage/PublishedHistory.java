package io.walcast.connector.storage;

import io.walcast.connector.wire.FramePlace;
import io.walcast.connector.wire.FrameRecord;
import io.walcast.connector.wire.SegmentKind;
import io.walcast.segment.Namespace;
import io.walcast.sqlite.PageHash;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * A source of one namespace that publishes by dice, and what its database was after each segment.
 */
final class PublishedHistory {

  static final int PAGE_SIZE = 512;

  private final Namespace namespace;
  private final TopicWriter topic;
  private final Random random;
  private final UUID logId = UUID.randomUUID();
  private final TreeMap<Long, List<byte[]>> states = new TreeMap<>();
  private List<byte[]> pages = new ArrayList<>();
  private long lastFrameNo;
  private int damaged;

  PublishedHistory(Namespace namespace, TopicWriter topic, Random random) {
    this.namespace = namespace;
    this.topic = topic;
    this.random = random;
  }

  Namespace namespace() {
    return namespace;
  }

  UUID logId() {
    return logId;
  }

  /** The pages after the segment that ends at a frame. */
  Map<Long, List<byte[]>> states() {
    return states;
  }

  /** Records written that are no frames. */
  int damaged() {
    return damaged;
  }

  void publishSomething() throws Exception {
    int dice = random.nextInt(20);
    if (pages.isEmpty() || dice == 0) {
      snapshot();
    } else if (dice <= 2) {
      snapshotInParts();
    } else if (dice == 3) {
      damage();
    } else if (dice == 4) {
      delete();
    } else {
      changes();
    }
  }

  private void damage() throws Exception {
    List<byte[]> begun = segment(SegmentKind.CHANGES, List.of(1), lastFrameNo + 1);
    byte[] bad = begun.get(0).clone();
    bad[random.nextInt(bad.length)] ^= 1;
    topic.write(namespace.name(), bad);
    damaged++;
  }

  private void delete() {
    topic.write(namespace.name(), null);
    states.clear();
    pages = new ArrayList<>();
  }

  void snapshot() throws Exception {
    change(1 + random.nextInt(40));
    written(
        segment(SegmentKind.SNAPSHOT, upTo(pages.size()), lastFrameNo + pages.size()),
        pages.size());
  }

  void changes() throws Exception {
    int size = Math.max(1, pages.size() + random.nextInt(9) - 4);
    written(segment(SegmentKind.CHANGES, change(size), lastFrameNo + 20), 20);
  }

  /** The parts hold what the pages were when they were read; the last what changed meanwhile. */
  private void snapshotInParts() throws Exception {
    int from = 1;
    SegmentKind kind = SegmentKind.FIRST_PART;
    TreeSet<Integer> changed = new TreeSet<>();
    int parts = 1 + random.nextInt(3);
    for (int i = 0; i < parts && from <= pages.size(); i++) {
      int to = i == parts - 1 ? pages.size() : Math.min(pages.size(), from + random.nextInt(10));
      List<Integer> part = new ArrayList<>();
      for (int pageNo = from; pageNo <= to; pageNo++) {
        part.add(pageNo);
      }
      publish(segment(kind, part, lastFrameNo + part.size()));
      lastFrameNo += part.size();
      kind = SegmentKind.PART;
      from = to + 1;
      if (random.nextInt(6) == 0) {
        pages = new ArrayList<>(); // the source is killed, and begins anew with a snapshot
        return;
      }
      changed.addAll(change(Math.max(1, pages.size() + random.nextInt(5) - 2)));
    }
    changed.removeIf(pageNo -> pageNo > pages.size());
    publish(segment(SegmentKind.LAST_PART, List.copyOf(changed), lastFrameNo + changed.size()));
    lastFrameNo += changed.size();
    states.put(lastFrameNo, List.copyOf(pages));
  }

  private void written(List<byte[]> segment, int frames) {
    publish(segment);
    lastFrameNo += frames;
    states.put(lastFrameNo, List.copyOf(pages));
  }

  /** Changes some pages and the size; says which pages are new. */
  private List<Integer> change(int size) {
    TreeSet<Integer> changed = new TreeSet<>();
    for (int pageNo = pages.size() + 1; pageNo <= size; pageNo++) {
      changed.add(pageNo);
    }
    changed.add(1);
    for (int n = random.nextInt(5); n > 0; n--) {
      changed.add(1 + random.nextInt(size));
    }
    List<byte[]> next = new ArrayList<>(pages.subList(0, Math.min(size, pages.size())));
    for (int pageNo : changed) {
      byte[] page = new byte[PAGE_SIZE];
      random.nextBytes(page);
      if (pageNo <= next.size()) {
        next.set(pageNo - 1, page);
      } else {
        next.add(page);
      }
    }
    pages = next;
    return List.copyOf(changed);
  }

  private static List<Integer> upTo(int size) {
    List<Integer> all = new ArrayList<>();
    for (int pageNo = 1; pageNo <= size; pageNo++) {
      all.add(pageNo);
    }
    return all;
  }

  private List<byte[]> segment(SegmentKind kind, List<Integer> pageNos, long end) throws Exception {
    List<byte[]> records = new ArrayList<>();
    for (int i = 0; i < pageNos.size(); i++) {
      FramePlace place = FramePlace.of(i, pageNos.size());
      boolean commits = place.last() && kind.isEnd();
      records.add(
          new FrameRecord(
                  place,
                  kind,
                  PAGE_SIZE,
                  pageNos.get(i),
                  lastFrameNo + 1,
                  end,
                  lastFrameNo + 1 + i,
                  logId,
                  1,
                  commits ? pages.size() : 0,
                  commits ? checksum() : 0,
                  ByteBuffer.wrap(pages.get(pageNos.get(i) - 1)))
              .encode());
    }
    return records;
  }

  private long checksum() {
    long sum = 0;
    for (int i = 0; i < pages.size(); i++) {
      sum ^= PageHash.of(i + 1, ByteBuffer.wrap(pages.get(i)));
    }
    return PageHash.stated(sum);
  }

  /** Writes it, perhaps after an attempt that was cut off. */
  private void publish(List<byte[]> records) {
    if (random.nextInt(4) == 0) {
      records
          .subList(0, random.nextInt(records.size()))
          .forEach(record -> topic.write(namespace.name(), record));
    }
    records.forEach(record -> topic.write(namespace.name(), record));
  }
}
