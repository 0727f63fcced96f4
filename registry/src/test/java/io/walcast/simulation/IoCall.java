package io.walcast.simulation;

import java.io.IOException;

/** Something that may fail as disks do. */
@FunctionalInterface
interface IoCall {
  void run() throws IOException;
}
