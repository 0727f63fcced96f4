/**
 * Real things to test against: stock SQLite in other processes, real Kafka brokers, real Connect
 * workers.
 *
 * <p>Nothing here is mocked. SQLite is never loaded into the calling JVM: its POSIX locks belong to
 * the process, so a second user of the same files in one process would undo the locks under test.
 */
package io.walcast.testkit;
