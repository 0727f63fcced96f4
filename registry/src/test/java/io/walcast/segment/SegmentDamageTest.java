package io.walcast.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.walcast.testing.FaultyIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A damaged segment yields a prefix of whole transactions or a typed error, never anything else.
 */
class SegmentDamageTest {

  private static final int PAGE_SIZE = 512;
  private static final int FRAME = 24 + PAGE_SIZE;

  /** Pages after each of the three transactions, by frame number. */
  private static final List<Map<Integer, Long>> PREFIXES =
      List.of(
          Map.of(),
          Map.of(1, 1L, 2, 2L),
          Map.of(1, 4L, 2, 2L, 3, 3L),
          Map.of(1, 4L, 2, 5L, 3, 3L, 4, 6L));

  @TempDir Path directory;
  private final FaultyIo io = new FaultyIo(1);
  private SegmentFixture fixture;
  private Path path;
  private byte[] unsealed;
  private byte[] sealed;

  @BeforeEach
  void writeOne() throws IOException {
    fixture = new SegmentFixture(io, directory, PAGE_SIZE);
    CurrentSegment current = fixture.create(1);
    fixture.commit(current, 2, 1, 2);
    fixture.commit(current, 3, 3, 1);
    fixture.commit(current, 4, 2, 4);
    path = current.path();
    unsealed = Files.readAllBytes(path);
    current.seal(Instant.EPOCH, false).close();
    sealed = Files.readAllBytes(path);
  }

  /** What comes of opening the file as a restart does; nothing for a typed error. */
  private Optional<Map<Integer, Long>> pagesOf(byte[] content) throws IOException {
    Files.write(path, content);
    try {
      if (fixture.directory.header(path).isEmpty()) {
        return Optional.of(Map.of());
      }
      Optional<SealedSegment> opened = fixture.directory.open(path, Long.MAX_VALUE);
      if (opened.isEmpty()) {
        return Optional.of(Map.of());
      }
      try (SealedSegment segment = opened.get()) {
        return Optional.of(fixture.pages(segment));
      }
    } catch (CorruptSegmentException
        | NotASegmentException
        | UnsupportedSegmentVersionException e) {
      assertThat(e).hasMessageContaining(path.toString()).hasMessageContaining("offset");
      return Optional.empty();
    }
  }

  @Test
  void anUnsealedSegmentCutAnywhereKeepsExactlyItsWholeTransactions() throws IOException {
    for (int length = 0; length <= unsealed.length; length++) {
      int whole = Math.max(0, (length - SegmentHeader.LENGTH) / (2 * FRAME));
      assertThat(pagesOf(Arrays.copyOf(unsealed, length)))
          .as("length %d", length)
          .contains(PREFIXES.get(whole));
    }
  }

  @Test
  void aZeroedEndOfAnUnsealedSegmentIsCutOff() throws IOException {
    for (int length = 0; length < unsealed.length; length += 7) {
      byte[] zeroed = Arrays.copyOf(Arrays.copyOf(unsealed, length), unsealed.length);
      Optional<Map<Integer, Long>> pages = pagesOf(zeroed);
      if (length >= SegmentHeader.LENGTH) {
        int whole = (length - SegmentHeader.LENGTH) / (2 * FRAME);
        assertThat(pages).as("length %d", length).contains(PREFIXES.get(whole));
      } else {
        assertThat(pages.orElse(Map.of())).as("length %d", length).isEmpty();
      }
    }
  }

  @Test
  void anUnsealedSegmentWithAnyByteFlippedKeepsTheTransactionsBeforeIt() throws IOException {
    for (int at = 0; at < unsealed.length; at++) {
      byte[] flipped = unsealed.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      Optional<Map<Integer, Long>> pages = pagesOf(flipped);
      if (at < SegmentHeader.LENGTH) { // what a torn write never leaves is an error, else lost
        assertThat(pages.orElse(Map.of())).as("byte %d", at).isEmpty();
        assertThat(pages.isPresent()).as("byte %d", at).isEqualTo(at >= 10 || flipped[at] == 0);
      } else {
        int whole = (at - SegmentHeader.LENGTH) / (2 * FRAME);
        assertThat(pages).as("byte %d", at).contains(PREFIXES.get(whole));
      }
    }
  }

  @Test
  void aSealedSegmentWithAnyByteFlippedIsWholeOrCorrupt() throws IOException {
    Collection<Map<Integer, Long>> whole = PREFIXES.subList(3, 4);
    int recovered = 0;
    for (int at = 0; at < sealed.length; at++) {
      byte[] flipped = sealed.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      Optional<Map<Integer, Long>> pages = pagesOf(flipped);
      if (pages.isPresent()) {
        recovered++;
        assertThat(whole).as("byte %d", at).contains(pages.get());
      }
    }
    int supersededFrames = 2 * FRAME;
    int runningChecksumsOfTheOthers = 4 * 4;
    int trailer = SegmentTrailer.LENGTH; // without it the segment counts as unsealed: scanned
    assertThat(recovered).isEqualTo(supersededFrames + runningChecksumsOfTheOthers + trailer);
  }

  @Test
  void aSealedSegmentCutAnywhereIsAPrefixOrCorrupt() throws IOException {
    for (int length = 0; length < sealed.length; length++) {
      Optional<Map<Integer, Long>> pages = pagesOf(Arrays.copyOf(sealed, length));
      assertThat(PREFIXES).as("length %d", length).contains(pages.orElse(Map.of()));
    }
  }

  @Test
  void recoveryStopsAtTheLastTransactionThatIsAskedFor() throws IOException {
    long[] limits = {0, 1, 2, 3, 4, 5, 6, 100};
    int[] expected = {0, 0, 1, 1, 2, 2, 3, 3};
    for (int i = 0; i < limits.length; i++) {
      Files.write(path, unsealed);
      Optional<SealedSegment> segment = fixture.directory.open(path, limits[i]);
      Map<Integer, Long> pages = Map.of();
      if (segment.isPresent()) {
        pages = fixture.pages(segment.get());
        segment.get().close();
      }
      assertThat(pages).as("up to %d", limits[i]).isEqualTo(PREFIXES.get(expected[i]));
    }
  }

  @Test
  void framesOfAnotherSegmentOrOfThisOneAgainDoNotCount() throws IOException {
    byte[] frames = Arrays.copyOfRange(unsealed, SegmentHeader.LENGTH, unsealed.length);
    Files.delete(path);
    CurrentSegment other = fixture.create(1); // another salt
    fixture.commit(other, 2, 1, 2);
    other.close();
    byte[] fresh = Files.readAllBytes(path);
    byte[] stale = Arrays.copyOf(fresh, fresh.length + frames.length);
    System.arraycopy(frames, 0, stale, fresh.length, frames.length);
    assertThat(pagesOf(stale)).contains(PREFIXES.get(1));

    // the same transaction came before them in their own segment: only the salt differs
    byte[] continued = unsealed.clone();
    System.arraycopy(fresh, 0, continued, 0, fresh.length);
    assertThat(pagesOf(continued)).contains(PREFIXES.get(1));

    byte[] repeated = Arrays.copyOf(unsealed, unsealed.length + frames.length);
    System.arraycopy(frames, 0, repeated, unsealed.length, frames.length);
    assertThat(pagesOf(repeated)).contains(PREFIXES.get(3));
  }

  @Test
  void withoutSyncsEveryFrameOfASealedSegmentIsVerifiedAndWhatIsWholeIsKept() throws IOException {
    SegmentDirectory unsynced = new SegmentDirectory(io, directory, fixture.buffers, false);
    for (int at = SegmentHeader.LENGTH; at < sealed.length; at += 5) {
      byte[] flipped = sealed.clone();
      flipped[at] ^= 1;
      Files.write(path, flipped);
      Map<Integer, Long> pages = Map.of();
      Optional<SealedSegment> segment = unsynced.open(path, Long.MAX_VALUE);
      if (segment.isPresent()) {
        pages = fixture.pages(segment.get());
        segment.get().close();
      }
      int whole = Math.min(3, (at - SegmentHeader.LENGTH) / (2 * FRAME));
      assertThat(pages).as("byte %d", at).isEqualTo(PREFIXES.get(whole));
    }
  }

  @Test
  void aSegmentWithFramesIsNeverOverwrittenByANewOne() throws IOException {
    for (byte[] content : List.of(unsealed, sealed)) {
      Files.write(path, content);
      assertThatThrownBy(() -> fixture.create(1))
          .isInstanceOf(CorruptSegmentException.class)
          .hasMessageContaining(path.toString());
      assertThat(Files.readAllBytes(path)).isEqualTo(content);
    }
    Files.write(path, Arrays.copyOf(unsealed, SegmentHeader.LENGTH + FRAME));
    fixture.create(1).close();
    assertThat(Files.size(path)).isEqualTo(SegmentHeader.LENGTH);
  }
}
