package io.walcast.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The real file system, clock and randomness. */
public final class StandardIo implements Io {

  private static final Logger LOG = LoggerFactory.getLogger(StandardIo.class);
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private final SecureRandom random = new SecureRandom();
  private static final Set<PosixFilePermission> WRITE =
      Set.of(
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_WRITE);

  private final UUID bootId = readBootId();

  private static UUID readBootId() {
    try {
      return UUID.fromString(Files.readString(BOOT_ID).strip());
    } catch (IOException | IllegalArgumentException e) {
      LOG.info("the system does not tell its boots apart: {} ({})", BOOT_ID, e.toString());
      return UUID.randomUUID();
    }
  }

  @Override
  public StorageFile open(Path path, OpenMode mode) throws IOException {
    Set<OpenOption> options = new HashSet<>();
    options.add(StandardOpenOption.READ);
    options.add(LinkOption.NOFOLLOW_LINKS); // nor does SQLite: a link could lead anywhere
    if (mode != OpenMode.READ) {
      options.add(StandardOpenOption.WRITE);
    }
    if (mode == OpenMode.CREATE || mode == OpenMode.TRUNCATE) {
      options.add(StandardOpenOption.CREATE);
    }
    if (mode == OpenMode.TRUNCATE) {
      options.add(StandardOpenOption.TRUNCATE_EXISTING);
    }
    try {
      return new ChannelFile(path, FileChannel.open(path, options), mode == OpenMode.READ);
    } catch (IOException e) {
      if (Files.isSymbolicLink(path)) { // of which the system says too little
        throw new IOException(path + " is a symbolic link, which is not followed", e);
      }
      throw ChannelFile.translate(e, path, "opening");
    }
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path);
  }

  @Override
  public FileIdentity identity(Path path) throws IOException {
    try {
      Map<String, Object> attributes =
          Files.readAttributes(path, "unix:dev,ino,size,lastModifiedTime,ctime");
      return new FileIdentity(
          ((Number) attributes.get("dev")).longValue(),
          ((Number) attributes.get("ino")).longValue(),
          ((Number) attributes.get("size")).longValue(),
          ((FileTime) attributes.get("lastModifiedTime")).toInstant(),
          ((FileTime) attributes.get("ctime")).toInstant());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public Object fileKey(Path path) throws IOException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw ChannelFile.translate(e, directory, "creating directory");
    }
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.sorted().toList();
    }
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("cannot rename " + from + " to " + to + " atomically", e);
    } catch (IOException e) {
      throw ChannelFile.translate(e, to, "renaming to");
    }
  }

  @Override
  public void copyAccess(Path from, Path to) throws IOException {
    Map<String, Object> wanted = Files.readAttributes(from, "unix:mode,uid,gid");
    Map<String, Object> present = Files.readAttributes(to, "unix:mode,uid,gid");
    boolean root = Integer.valueOf(0).equals(present.get("uid")); // it has just been created
    for (String name : List.of("uid", "gid", "mode")) {
      boolean permitted = root || name.equals("mode");
      if (permitted && !wanted.get(name).equals(present.get(name))) {
        Files.setAttribute(to, "unix:" + name, wanted.get(name));
      }
    }
  }

  @Override
  public void setWritable(Path path, boolean writable) throws IOException {
    Set<PosixFilePermission> present = Files.getPosixFilePermissions(path);
    Set<PosixFilePermission> wanted = new HashSet<>(present);
    if (writable) {
      wanted.add(PosixFilePermission.OWNER_WRITE);
    } else {
      wanted.removeAll(WRITE);
    }
    if (!wanted.equals(present)) {
      Files.setPosixFilePermissions(path, wanted);
    }
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(directory)) {
      throw new NoSuchFileException(directory.toString(), null, "not a directory");
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public Instant now() {
    return Instant.now();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long randomLong() {
    return random.nextLong();
  }

  @Override
  public UUID randomUuid() {
    return UUID.randomUUID();
  }

  /** Linux's; elsewhere that of this object, so that it differs after each restart. */
  @Override
  public UUID bootId() {
    return bootId;
  }
}
