package io.walcast.sqlite;

import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/** The pages of one transaction, each once. Used by one thread at a time. */
public interface PageSource {

  /** Number of pages. */
  int count();

  /** Number of the {@code i}-th page, from 0; page numbers ascend. */
  int pageNo(int i);

  /** Puts exactly the {@code i}-th page into {@code target}. */
  void read(int i, ByteBuffer target) throws IOException;

  /**
   * Puts a file at a path in which all other pages of a new database lie in their places already.
   * Called before any page is read.
   *
   * @return the file, which the caller closes; empty if these pages are all there are
   */
  default Optional<StorageFile> begin(Path fresh) throws IOException {
    return Optional.empty();
  }

  /**
   * Says whether what was read may be shown to anybody. Called when every page was read, in
   * ascending order, and before anything is written that a recovery could take for a commit.
   *
   * @throws IOException if the transaction must not take place
   */
  default void verify() throws IOException {}
}
