/**
 * The quickstart: a Kafka broker, a Connect worker and both connectors in one JVM, on demo
 * databases or on a user's own.
 *
 * <p>The connectors are loaded as any worker loads them, from the plugin directory and from the
 * files in {@code config/}; nothing here uses their classes. SQLite runs in other processes only.
 */
package io.walcast.examples;
