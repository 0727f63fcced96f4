/** The source connector: captures SQLite databases and publishes their segments to Kafka. */
package io.walcast.connector.source;
