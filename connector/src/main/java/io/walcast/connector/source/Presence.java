package io.walcast.connector.source;

/** What the {@link CaptureLoop} has to know of a database whose file may be gone. */
enum Presence {
  /** It is captured, whether its file is there just now or not. */
  CAPTURED,
  /** Its file is gone: one that is found in its place is captured anew. */
  GONE,
  /** Its deletion is being published: a file that is found in its place has to wait. */
  LEAVING,
  /** All is done: nothing of it needs to be kept. */
  OVER
}
