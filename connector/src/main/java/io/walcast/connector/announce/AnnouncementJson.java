package io.walcast.connector.announce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;
import org.roaringbitmap.buffer.ImmutableRoaringBitmap;

/**
 * The value of an announcement, a JSON object in UTF-8. Numbers are JSON numbers, but for what
 * needs all 64 bits:
 *
 * <pre>
 *   version            1
 *   namespace          text
 *   logId              text, a UUID
 *   epoch              0 to 2^32 - 1
 *   startFrame         at least 1
 *   endFrame           at least startFrame
 *   sealedAt           milliseconds since 1970, of the last segment
 *   pageSize           bytes: 512 to 65536, a power of two
 *   sizeAfter          pages, 1 to 2^32 - 2
 *   snapshot           true: holds every page
 *   segments           at least 1, at most records
 *   records            at least 1
 *   partition          of the topic of frames
 *   parts              array of the first offset of each part of a snapshot; absent: it is whole
 *   firstOffset        of the first record
 *   lastOffset         at least firstOffset + records - 1
 *   databaseChecksum   16 hex digits; absent: not stated
 *   pages              RoaringBitmap in its portable serialized form, Base64
 * </pre>
 *
 * Thread-safe.
 */
public final class AnnouncementJson {

  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private AnnouncementJson() {}

  /** The value as it is in the record. */
  public static byte[] encode(Announcement run) {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", VERSION);
    json.put("namespace", run.namespace().name());
    json.put("logId", run.logId().toString());
    json.put("epoch", Integer.toUnsignedLong(run.epoch()));
    json.put("startFrame", run.startFrameNo());
    json.put("endFrame", run.endFrameNo());
    json.put("sealedAt", run.sealedAtMs());
    json.put("pageSize", run.pageSize());
    json.put("sizeAfter", Integer.toUnsignedLong(run.sizeAfter()));
    json.put("snapshot", run.snapshot());
    json.put("segments", run.segments());
    json.put("records", run.records());
    json.put("partition", run.partition());
    if (!run.parts().isEmpty()) {
      run.parts().forEach(json.putArray("parts")::add);
    }
    json.put("firstOffset", run.firstOffset());
    json.put("lastOffset", run.lastOffset());
    if (run.databaseChecksum() != 0) {
      json.put("databaseChecksum", String.format(Locale.ROOT, "%016x", run.databaseChecksum()));
    }
    json.put("pages", Base64.getEncoder().encodeToString(serialized(run.pages())));
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] serialized(RoaringBitmap pages) {
    RoaringBitmap compact = pages.clone();
    compact.runOptimize();
    ByteBuffer bytes = ByteBuffer.allocate(compact.serializedSizeInBytes());
    compact.serialize(bytes);
    return bytes.array();
  }

  /**
   * Reads a value.
   *
   * @throws InvalidAnnouncementException naming the first thing that is wrong
   */
  public static Announcement decode(byte[] value) throws InvalidAnnouncementException {
    Fields in = new Fields(parse(value));
    long version = in.number("version", 0, Integer.MAX_VALUE);
    if (version != VERSION) {
      throw new InvalidAnnouncementException("announcement version " + version + ", not 1");
    }
    long start = in.number("startFrame", 1, Long.MAX_VALUE);
    long sizeAfter = in.number("sizeAfter", 1, (1L << 32) - 2);
    long records = in.number("records", 1, Long.MAX_VALUE);
    long first = in.number("firstOffset", 0, Long.MAX_VALUE - records);
    int segments = (int) in.number("segments", 1, Math.min(records, Integer.MAX_VALUE));
    return new Announcement(
        in.namespace(),
        in.logId(),
        (int) in.number("epoch", 0, (1L << 32) - 1),
        start,
        in.number("endFrame", start, Long.MAX_VALUE),
        in.number("sealedAt", 0, Long.MAX_VALUE),
        in.pageSize(),
        (int) sizeAfter,
        in.flag("snapshot"),
        segments,
        records,
        (int) in.number("partition", 0, Integer.MAX_VALUE),
        in.parts(first, segments),
        first,
        in.number("lastOffset", first + records - 1, Long.MAX_VALUE),
        in.checksum(),
        in.pages(Math.min(records, sizeAfter), sizeAfter));
  }

  private static JsonNode parse(byte[] value) throws InvalidAnnouncementException {
    try {
      JsonNode json = JSON.readTree(value);
      if (json.isObject()) {
        return json;
      }
    } catch (JsonProcessingException e) {
      throw new InvalidAnnouncementException("not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new InvalidAnnouncementException("not JSON", e);
    }
    throw new InvalidAnnouncementException("not a JSON object");
  }

  /** The fields of a value that is hostile until checked. */
  private record Fields(JsonNode json) {

    long number(String name, long least, long most) throws InvalidAnnouncementException {
      JsonNode field = json.get(name);
      if (field == null || !field.isIntegralNumber() || !field.canConvertToLong()) {
        throw wrong(name, field);
      }
      long number = field.longValue();
      if (number < least || number > most) {
        throw wrong(name, field);
      }
      return number;
    }

    boolean flag(String name) throws InvalidAnnouncementException {
      JsonNode field = json.get(name);
      if (field == null || !field.isBoolean()) {
        throw wrong(name, field);
      }
      return field.booleanValue();
    }

    List<Long> parts(long firstOffset, int segments) throws InvalidAnnouncementException {
      JsonNode field = json.get("parts");
      if (field == null) {
        return List.of();
      }
      List<Long> parts = new ArrayList<>();
      for (JsonNode part : field) {
        boolean ascends =
            part.isIntegralNumber()
                && part.canConvertToLong()
                && (parts.isEmpty()
                    ? part.longValue() == firstOffset
                    : part.longValue() > parts.get(parts.size() - 1));
        if (!ascends) {
          throw wrong("parts", field);
        }
        parts.add(part.longValue());
      }
      if (!field.isArray() || parts.size() != segments) {
        throw wrong("parts", field);
      }
      return parts;
    }

    String text(String name) throws InvalidAnnouncementException {
      JsonNode field = json.get(name);
      if (field == null || !field.isTextual()) {
        throw wrong(name, field);
      }
      return field.textValue();
    }

    Namespace namespace() throws InvalidAnnouncementException {
      String name = text("namespace");
      if (!Namespace.isValid(name)) {
        throw new InvalidAnnouncementException("not a namespace: " + Namespace.printable(name));
      }
      return new Namespace(name);
    }

    UUID logId() throws InvalidAnnouncementException {
      try {
        return UUID.fromString(text("logId"));
      } catch (IllegalArgumentException e) {
        throw new InvalidAnnouncementException("logId is no UUID", e);
      }
    }

    int pageSize() throws InvalidAnnouncementException {
      int pageSize = (int) number("pageSize", 512, 65_536);
      if (Integer.bitCount(pageSize) != 1) {
        throw wrong("pageSize", json.get("pageSize"));
      }
      return pageSize;
    }

    long checksum() throws InvalidAnnouncementException {
      if (!json.has("databaseChecksum")) {
        return 0;
      }
      try {
        return Long.parseUnsignedLong(text("databaseChecksum"), 16);
      } catch (NumberFormatException e) {
        throw new InvalidAnnouncementException("databaseChecksum is no hex number", e);
      }
    }

    /** Copied number by number: what the library takes from hostile bytes is not a bitmap yet. */
    RoaringBitmap pages(long atMost, long sizeAfter) throws InvalidAnnouncementException {
      RoaringBitmap pages = new RoaringBitmap();
      try {
        byte[] bytes = Base64.getDecoder().decode(text("pages"));
        PeekableIntIterator numbers =
            new ImmutableRoaringBitmap(ByteBuffer.wrap(bytes)).getIntIterator();
        long before = 0;
        for (long count = 1; numbers.hasNext(); count++) {
          long pageNo = Integer.toUnsignedLong(numbers.next());
          if (pageNo <= before || pageNo > sizeAfter || count > atMost) {
            throw new InvalidAnnouncementException(
                "page " + pageNo + " after " + before + " of " + sizeAfter + " in the page set");
          }
          pages.add((int) pageNo);
          before = pageNo;
        }
      } catch (RuntimeException e) { // the library has no other way to refuse
        throw new InvalidAnnouncementException("the page set is no RoaringBitmap", e);
      }
      pages.runOptimize();
      return pages;
    }

    private static InvalidAnnouncementException wrong(String name, JsonNode field) {
      return new InvalidAnnouncementException(
          name + " is " + Namespace.printable(field == null ? "missing" : field.toString()));
    }
  }
}
