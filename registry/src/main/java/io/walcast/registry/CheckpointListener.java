package io.walcast.registry;

import io.walcast.segment.LogPosition;
import java.io.IOException;

/** Told what became of a namespace's checkpoints, by the thread that ran them. */
public interface CheckpointListener {

  /** Everything up to here is in the target; its segments are gone. */
  void checkpointed(LogPosition upTo);

  /** A checkpoint failed and will be tried again. */
  void failed(IOException cause);

  /** Does nothing. */
  CheckpointListener NONE =
      new CheckpointListener() {
        @Override
        public void checkpointed(LogPosition upTo) {
          // nobody wants to know
        }

        @Override
        public void failed(IOException cause) {
          // the checkpointer has logged it
        }
      };
}
