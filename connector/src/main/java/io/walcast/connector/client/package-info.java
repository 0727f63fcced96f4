/** Kafka clients that the connectors open themselves, and where their settings come from. */
package io.walcast.connector.client;
