/**
 * Everything Walcast asks of the world outside the process: files, directory syncs, clock,
 * randomness, UUIDs. The lowest layer; it knows no file format.
 */
package io.walcast.io;
