/** Frames going out of and coming into a log: injector, replicator. */
package io.walcast.replication;
