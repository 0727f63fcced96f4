/**
 * The sink: frame records in, live replicas out. {@link io.walcast.connector.sink.WalSinkConnector}
 * and its task speak to Kafka Connect; behind them one {@code Replica} per namespace decides what
 * is applied.
 */
package io.walcast.connector.sink;
