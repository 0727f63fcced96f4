/** Capture of what stock SQLite commits in other processes, by SQLite's own locks. */
package io.walcast.capture;
