/** What travels through Kafka: one frame a record. */
package io.walcast.connector.wire;
