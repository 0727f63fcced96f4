package io.walcast.testing;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The real world, for test doubles that change some of its calls. */
public class DelegatingIo implements Io {

  private final Io real = new StandardIo();

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    return real.open(path, mode);
  }

  @Override
  public boolean exists(Path path) {
    return real.exists(path);
  }

  @Override
  public FileIdentity identity(Path path) throws IOException {
    return real.identity(path);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    real.createDirectories(directory);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return real.list(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    real.delete(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    real.rename(from, to);
  }

  @Override
  public void setWritable(Path path, boolean writable) throws IOException {
    real.setWritable(path, writable);
  }

  @Override
  public void copyAccess(Path from, Path to) throws IOException {
    real.copyAccess(from, to);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    real.syncDirectory(directory);
  }

  @Override
  public Instant now() {
    return real.now();
  }

  @Override
  public long nanoTime() {
    return real.nanoTime();
  }

  @Override
  public long randomLong() {
    return real.randomLong();
  }

  @Override
  public UUID randomUuid() {
    return real.randomUuid();
  }

  @Override
  public UUID bootId() {
    return real.bootId();
  }
}
