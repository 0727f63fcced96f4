package io.walcast.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.testkit.PageImage;
import io.walcast.testkit.SqliteConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Snapshots that arrive in parts: nothing of them shows before the last, whatever happens. */
class WalSinkTaskPartsTest extends SinkTaskFixture {

  private static final int PART_PAGES = 5;

  private List<List<byte[]>> parts() throws IOException {
    return primary.parts(PART_PAGES, () -> {});
  }

  private List<List<byte[]>> partsUnderWrites() throws IOException {
    return primary.parts(PART_PAGES, () -> primary.insert(3));
  }

  private static List<byte[]> flat(List<List<byte[]>> parts) {
    return parts.stream().flatMap(List::stream).toList();
  }

  private List<Path> staged() throws IOException {
    try (Stream<Path> files = Files.walk(replicas)) {
      return files.filter(f -> f.toString().contains(".parts/")).toList();
    }
  }

  @Test
  void theLastPartMakesADatabaseOfThem() throws IOException {
    primary.insert(200);
    List<List<byte[]>> parts = partsUnderWrites();
    assertThat(parts).hasSizeGreaterThan(10);
    for (List<byte[]> part : parts.subList(0, parts.size() - 1)) {
      run.send("a", part);
      assertThat(run.status("a").state()).isEqualTo("WAITING_FOR_SNAPSHOT");
      assertThat(replicas.resolve("a.db")).doesNotExist();
      assertThat(run.committable()).isZero();
    }
    run.send("a", parts.get(parts.size() - 1));
    assertFollows("a");
    assertThat(run.committable()).isEqualTo(run.partition().size());
    assertThat(staged()).isEmpty();
    primary.insert(30);
    run.send("a", primary.changes());
    assertFollows("a");
  }

  @Test
  void aReplicaStaysAsItIsUntilTheLastPartAndIsReplacedUnderItsReaders() throws IOException {
    run.send("a", primary.snapshot());
    run.awaitApplied("a", primary.lastFrameNo);
    PageImage before = image("a");
    try (SqliteConnection reader = sqlite.open(replicas.resolve("a.db"))) {
      assertThat(reader.queryOne("SELECT count(*) FROM t")).isEqualTo("40");
      primary.insert(100);
      List<List<byte[]>> parts = partsUnderWrites();
      for (List<byte[]> part : parts.subList(0, parts.size() - 1)) {
        run.send("a", part);
        assertThat(run.status("a").state()).isEqualTo("FOLLOWING");
        assertThat(reader.pageImage()).isEqualTo(before);
      }
      run.send("a", parts.get(parts.size() - 1));
      assertFollows("a");
      assertThat(reader.pageImage()).isEqualTo(primary.image());
    }
  }

  @Test
  void aDatabaseThatShrankMeanwhileIsCut() throws IOException {
    primary.insert(200);
    int[] reads = {0};
    List<List<byte[]>> parts =
        primary.parts(
            PART_PAGES,
            () -> {
              if (++reads[0] == 6) {
                primary.sql.execute("DELETE FROM t WHERE id > 60");
                primary.sql.execute("VACUUM");
              }
            });
    run.send("a", flat(parts));
    assertFollows("a");
  }

  @Test
  void aTaskThatEndsAfterAnyRecordStartsOverAndComesToTheSame() throws IOException {
    primary.insert(30);
    List<byte[]> records = flat(partsUnderWrites());
    for (int delivered = 1; delivered <= records.size(); delivered += 3) {
      String name = "n" + delivered;
      run.send(name, records.subList(0, delivered));
      reopen();
      run.context.offset(TaskRun.PARTITION, run.partition().size() - delivered);
      run.send(name, records.subList(delivered, records.size()));
      run.awaitApplied(name, primary.lastFrameNo);
      assertThat(image(name)).isEqualTo(primary.image());
    }
    assertThat(staged()).isEmpty();
  }

  @Test
  void aTaskThatStartsAtAnyLaterRecordWaits() throws IOException {
    primary.insert(30);
    List<List<byte[]>> parts = partsUnderWrites();
    List<byte[]> records = flat(parts);
    for (int from = 1; from < records.size(); from++) {
      run.send("n" + from, records.subList(from, records.size()));
      assertThat(run.status("n" + from).state()).isEqualTo("WAITING_FOR_SNAPSHOT");
      assertThat(run.status("n" + from).reason()).contains("did not come");
    }
    assertThat(run.committable()).isEqualTo(run.partition().size());
  }

  @Test
  void aPartThatLacksARecordOrIsLackingItselfIsNotMadeUp() throws IOException {
    primary.insert(30);
    List<List<byte[]>> parts = partsUnderWrites();
    int sent = 0;
    for (int lost = 0; lost < parts.size() - 1; lost++) {
      List<List<byte[]>> without = new ArrayList<>(parts);
      without.remove(lost);
      String name = "n" + sent++;
      run.send(name, flat(without));
      assertThat(run.status(name).state()).isEqualTo("WAITING_FOR_SNAPSHOT");
      assertThat(replicas.resolve(name + ".db")).doesNotExist();
    }
    List<byte[]> records = flat(parts);
    for (int lost = 0; lost < records.size(); lost++) {
      List<byte[]> without = new ArrayList<>(records);
      without.remove(lost);
      String name = "n" + sent++;
      run.send(name, without);
      assertThat(run.status(name).state()).isNotEqualTo("FOLLOWING");
      assertThat(replicas.resolve(name + ".db")).doesNotExist();
    }
    run.send("n0", flat(parts));
    assertThat(run.awaitStatus("n0", s -> s.unfoldedBytes() == 0).state()).isEqualTo("FOLLOWING");
  }

  @Test
  void aSourceThatIsRestartedAfterAnyRecordBeginsAnew() throws IOException {
    primary.insert(30);
    int size = flat(parts()).size();
    for (int cut = 1; cut < size; cut += 2) {
      run.send("a", flat(parts()).subList(0, cut));
      primary.sql.execute("UPDATE t SET v = randomblob(300) WHERE id = " + cut);
      primary.epoch++;
    }
    run.send("a", flat(partsUnderWrites()));
    assertFollows("a");
    assertThat(staged()).isEmpty();
  }

  @Test
  void anotherSnapshotInTheSameEpochBeginsAnew() throws IOException {
    primary.insert(60);
    List<List<byte[]>> given = partsUnderWrites();
    run.send("a", flat(given.subList(0, 3)));
    run.send("a", given.get(3).subList(0, 2));
    run.send("a", flat(partsUnderWrites()));
    assertFollows("a");
    run.send("a", flat(given.subList(0, 2)));
    run.send("a", primary.snapshot());
    assertFollows("a");
    assertThat(staged()).isEmpty();
  }

  @Test
  void partsThatComeAgainChangeNothing() throws IOException {
    primary.insert(60);
    List<List<byte[]>> parts = partsUnderWrites();
    for (int i = 0; i < parts.size(); i++) {
      run.send("a", parts.get(i).subList(0, 1));
      for (int again = 0; again <= i; again++) { // as after a rewind for another replica
        run.send("a", parts.get(again));
      }
    }
    assertFollows("a");
    run.send("a", flat(parts));
    assertFollows("a");
  }

  @Test
  void aSnapshotLargerThanTheBufferGoesThrough() throws IOException {
    run.close();
    run = new TaskRun(replicas, Map.of("buffer.max.bytes", "1048576"));
    primary.insert(9000);
    run.send("a", flat(primary.parts(400, () -> primary.insert(3))));
    assertFollows("a");
    assertThat(primary.image().pageCount()).isGreaterThan(2500);
  }
}
