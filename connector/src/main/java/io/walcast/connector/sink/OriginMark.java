package io.walcast.connector.sink;

import io.walcast.io.Io;
import io.walcast.io.TwoSlotFile;
import io.walcast.segment.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;

/**
 * Remembers where in the topic a record of the replica's log was, so that the deletion of an
 * earlier log, which a consumer gets again when it is sent back, does not delete this one.
 *
 * <pre>
 *   0  u128  log id
 *  16  u64   offset of one of its records
 *  24  u32   partition
 *  28  u16   length of the topic's name in bytes
 *  30        the topic's name, UTF-8
 * </pre>
 *
 * <p>Used by one thread at a time.
 */
final class OriginMark {

  private static final int TOPIC_AT = 30;
  private static final int LENGTH = 512; // a topic's name has at most 249 characters, all ASCII

  private final Io io;
  private final Path path;

  OriginMark(Io io, Path path) {
    this.io = io;
    this.path = path;
  }

  /** Remembers, durably, that a record of the log came from there. */
  void set(UUID logId, RecordOrigin origin) throws IOException {
    byte[] topic = origin.partition().topic().getBytes(StandardCharsets.UTF_8);
    ByteBuffer payload = ByteBuffer.allocate(LENGTH);
    payload.putLong(logId.getMostSignificantBits());
    payload.putLong(logId.getLeastSignificantBits());
    payload.putLong(origin.offset()).putInt(origin.partition().partition());
    payload.putShort((short) topic.length).put(topic);
    try (TwoSlotFile file = new TwoSlotFile(io, path, LENGTH)) {
      file.write(payload.clear(), true);
    }
  }

  /** Whether the log of a replica is known to go on behind a record. */
  boolean isBehind(RecordOrigin record, LogPosition have) throws IOException {
    byte[] payload;
    try (TwoSlotFile file = new TwoSlotFile(io, path, LENGTH)) {
      payload = file.read();
    }
    if (payload == null || have == null) {
      return false;
    }
    ByteBuffer in = ByteBuffer.wrap(payload);
    UUID logId = new UUID(in.getLong(), in.getLong());
    long offset = in.getLong();
    int partition = in.getInt();
    String topic = new String(payload, TOPIC_AT, in.getShort(), StandardCharsets.UTF_8);
    return logId.equals(have.logId())
        && record.partition().equals(new TopicPartition(topic, partition))
        && offset > record.offset();
  }

  /** Forgets it. */
  void delete() throws IOException {
    io.delete(path);
  }
}
