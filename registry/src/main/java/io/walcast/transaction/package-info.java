/** Snapshot reads and the single writer of one log. */
package io.walcast.transaction;
