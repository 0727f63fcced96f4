/** The checkpointer and the targets that it folds sealed segments into. */
package io.walcast.checkpoint;
