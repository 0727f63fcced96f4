package io.walcast.connector.source;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * A frame on its way to Kafka, which knows the publication that counts its acknowledgement. Connect
 * hands this very object back to {@code commitRecord}, whatever transformations made of it.
 */
final class FrameSourceRecord extends SourceRecord {

  private final transient Publication publication;

  FrameSourceRecord(
      Publication publication, String topic, byte[] value, Map<String, ?> sourceOffset) {
    super(
        SourcePosition.partition(publication.namespace()),
        sourceOffset,
        topic,
        null, // the producer takes the partition from the key
        Schema.OPTIONAL_BYTES_SCHEMA,
        publication.namespace().name().getBytes(StandardCharsets.UTF_8),
        Schema.OPTIONAL_BYTES_SCHEMA,
        value,
        publication.sealedAtMs());
    this.publication = publication;
  }

  Publication publication() {
    return publication;
  }
}
