package io.walcast.connector.announce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.roaringbitmap.RoaringBitmap;

class AnnouncementTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final UUID LOG = UUID.fromString("0f0e0d0c-0b0a-0908-0706-050403020100");

  @Test
  void comesBackAsItWasWritten() throws IOException {
    Announcement run = run(7, 9, 4, RoaringBitmap.bitmapOf(1, 3, 4));
    assertThat(AnnouncementJson.decode(AnnouncementJson.encode(run))).isEqualTo(run);
    Announcement large =
        new Announcement(
            new Namespace("a/b.c"),
            LOG,
            -1,
            Long.MAX_VALUE - 1,
            Long.MAX_VALUE,
            0,
            65_536,
            -2,
            true,
            2,
            1L << 40,
            Integer.MAX_VALUE,
            List.of(5L, 9L),
            5,
            Long.MAX_VALUE,
            -1,
            RoaringBitmap.bitmapOf(-2));
    assertThat(AnnouncementJson.decode(AnnouncementJson.encode(large))).isEqualTo(large);
    assertThat(AnnouncementKey.decode(large.key().encode())).isEqualTo(large.key());
  }

  @ParameterizedTest
  @CsvSource({
    "version, 2",
    "version, '\"1\"'",
    "namespace, '\"../up\"'",
    "namespace, 1",
    "logId, '\"x\"'",
    "epoch, -1",
    "epoch, 4294967296",
    "startFrame, 0",
    "startFrame, 10",
    "endFrame, 6",
    "sealedAt, -1",
    "sealedAt, 1e400",
    "pageSize, 1000",
    "pageSize, 131072",
    "sizeAfter, 0",
    "sizeAfter, 3",
    "sizeAfter, 4294967295",
    "snapshot, 1",
    "records, 2",
    "records, 0",
    "segments, 0",
    "segments, 4",
    "parts, 5",
    "parts, '[700, 701]'",
    "parts, '[1]'",
    "parts, '[\"700\"]'",
    "partition, -1",
    "firstOffset, -1",
    "firstOffset, 9223372036854775807",
    "lastOffset, 101",
    "databaseChecksum, '\"xyz\"'",
    "pages, '\"\"'",
    "pages, '\"AAAA\"'",
    "pages, 5"
  })
  void whatCannotBeIsRefused(String field, String value) throws IOException {
    Announcement run = run(7, 9, 4, RoaringBitmap.bitmapOf(1, 3, 4));
    ObjectNode json = (ObjectNode) JSON.readTree(AnnouncementJson.encode(run));
    json.set(field, JSON.readTree(value));
    assertThatThrownBy(() -> AnnouncementJson.decode(JSON.writeValueAsBytes(json)))
        .isInstanceOf(InvalidAnnouncementException.class);
    json.remove(field);
    if (!field.equals("databaseChecksum") && !field.equals("parts")) {
      assertThatThrownBy(() -> AnnouncementJson.decode(JSON.writeValueAsBytes(json)))
          .isInstanceOf(InvalidAnnouncementException.class);
    }
  }

  @Test
  void damagedBytesAreAnAnnouncementOrRefused() {
    long seed = Long.getLong("walcast.seed", new Random().nextLong());
    System.out.println("AnnouncementTest: -Dwalcast.seed=" + seed);
    Random random = new Random(seed);
    RoaringBitmap pages = new RoaringBitmap();
    pages.add(10L, 9_000L);
    pages.add(70_000);
    byte[] good = AnnouncementJson.encode(run(1, 9_000, 70_000, pages));
    int refused = 0;
    for (int i = 0; i < 2_000; i++) {
      byte[] bad = good.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      try {
        AnnouncementJson.decode(bad);
      } catch (InvalidAnnouncementException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void keysThatAreNoneAreRefused() {
    for (String key : new String[] {"", "a", "a 0000000001 x 0000000000000000001", "a\u0000b"}) {
      assertThatThrownBy(() -> AnnouncementKey.decode(key.getBytes()))
          .isInstanceOf(InvalidAnnouncementException.class);
    }
    assertThatThrownBy(() -> AnnouncementKey.decode(null))
        .isInstanceOf(InvalidAnnouncementException.class);
    assertThatThrownBy(() -> AnnouncementKey.decode(("a 9999999999 " + LOG + " 1").getBytes()))
        .isInstanceOf(InvalidAnnouncementException.class);
  }

  @Test
  void aRunIsWhatItsSegmentsAreTogether() {
    Announcement first = run(1, 3, 9, RoaringBitmap.bitmapOf(1, 2, 9));
    Announcement second = run(4, 5, 5, RoaringBitmap.bitmapOf(1, 5));
    assertThat(first.isContinuedBy(second)).isTrue();
    Announcement both = first.with(second);
    assertThat(both.pages()).isEqualTo(RoaringBitmap.bitmapOf(1, 2, 5));
    assertThat(both.startFrameNo()).isEqualTo(1);
    assertThat(both.endFrameNo()).isEqualTo(5);
    assertThat(both.sizeAfter()).isEqualTo(5);
    assertThat(both.segments()).isEqualTo(2);
    assertThat(both.records()).isEqualTo(5);
    assertThat(both.firstOffset()).isEqualTo(first.firstOffset());
    assertThat(both.lastOffset()).isEqualTo(second.lastOffset());
    assertThat(both.key()).isEqualTo(first.key());
    assertThat(first.isContinuedBy(run(5, 6, 5, RoaringBitmap.bitmapOf(1)))).isFalse();
    assertThat(second.isContinuedBy(first)).isFalse();
  }

  private static Announcement run(long start, long end, int sizeAfter, RoaringBitmap pages) {
    return new Announcement(
        new Namespace("a"),
        LOG,
        3,
        start,
        end,
        1_700_000_000_000L,
        4096,
        sizeAfter,
        false,
        1,
        pages.getCardinality(),
        2,
        List.of(),
        100 * start,
        100 * start + pages.getCardinality() - 1,
        77,
        pages);
  }
}
