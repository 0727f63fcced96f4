/**
 * SQLite's own file formats and locks: database header, write-ahead log, wal-index, and a native
 * WAL-mode database that is read and written without any SQLite library. Knows nothing of segments.
 */
package io.walcast.sqlite;
