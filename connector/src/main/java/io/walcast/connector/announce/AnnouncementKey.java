package io.walcast.connector.announce;

import io.walcast.segment.Namespace;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Key of an announcement: a run keeps its key while it grows, so that compaction leaves its newest
 * version alone. Printed in UTF-8:
 *
 * <pre>
 *   namespace SP epoch (10 digits) SP log id SP start frame no (19 digits)
 * </pre>
 *
 * @param namespace the database
 * @param epoch fencing token of the capturer, unsigned
 * @param logId names one continuous history
 * @param startFrameNo first frame of the run
 */
public record AnnouncementKey(Namespace namespace, int epoch, UUID logId, long startFrameNo) {

  private static final int MAX_BYTES = 512;

  private static final Pattern PRINTED =
      Pattern.compile(
          "([^ ]+) ([0-9]{10}) "
              + "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}) ([0-9]{19})");

  /** The key as it is in the record. */
  public byte[] encode() {
    return toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a key.
   *
   * @throws InvalidAnnouncementException if it is none
   */
  public static AnnouncementKey decode(byte[] key) throws InvalidAnnouncementException {
    if (key == null || key.length > MAX_BYTES) {
      throw new InvalidAnnouncementException(
          key == null ? "no key" : "a key of " + key.length + " bytes");
    }
    String printed = new String(key, StandardCharsets.UTF_8);
    Matcher parts = PRINTED.matcher(printed);
    if (!parts.matches() || !Namespace.isValid(parts.group(1))) {
      throw new InvalidAnnouncementException("not a key: " + Namespace.printable(printed));
    }
    try {
      return new AnnouncementKey(
          new Namespace(parts.group(1)),
          Integer.parseUnsignedInt(parts.group(2)),
          UUID.fromString(parts.group(3)),
          Long.parseLong(parts.group(4)));
    } catch (NumberFormatException e) {
      throw new InvalidAnnouncementException(
          "a number out of range in key " + Namespace.printable(printed), e);
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s %010d %s %019d",
        namespace,
        Integer.toUnsignedLong(epoch),
        logId,
        startFrameNo);
  }
}
