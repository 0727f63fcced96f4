package io.walcast.connector.source;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StorageFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The directories that a database was captured in, from {@code databases.directory} to its own, so
 * that a database which was deleted can be told from one whose directory is another now, or is not
 * mounted. Kept in the state directory of the namespace, as {@value #NAME}, big-endian:
 *
 * <pre>
 *   0       u64   magic "WCASHOME"
 *   8       u32   version, 1
 *   12      u32   directories n, at least 1
 *   16      n times: u64 device, u64 inode
 *   16+16n  u32   length m of the path
 *   20+16n  m     path of the database below the first directory, in UTF-8
 *   20+16n+m u32  CRC32C of everything before
 * </pre>
 *
 * <p>Not synced: one that was lost proves nothing, so nothing is taken for deleted.
 *
 * @param path of the database, relative
 * @param directories each directory on the way, outermost first
 */
record DatabaseHome(String path, List<Place> directories) {

  static final String NAME = ".home";

  private static final String NEW = ".home.new";
  private static final long MAGIC = 0x57434153484f4d45L;
  private static final int VERSION = 1;
  private static final int HEAD_BYTES = 16;
  private static final int MOST_BYTES = 64 * 1024;

  /** Where a directory is. */
  record Place(long device, long inode) {
    static Place of(FileIdentity found) {
      return new Place(found.device(), found.inode());
    }
  }

  /**
   * What there is now.
   *
   * @param root the real path of {@code databases.directory}
   * @param database below it
   */
  static DatabaseHome of(Io io, Path root, Path database) throws IOException {
    List<Place> places = new ArrayList<>();
    for (Path directory : way(root, root.relativize(database))) {
      FileIdentity found = io.identity(directory);
      if (found == null) {
        throw new NoSuchFileException(directory.toString());
      }
      places.add(Place.of(found));
    }
    return new DatabaseHome(root.relativize(database).toString(), List.copyOf(places));
  }

  private static List<Path> way(Path root, Path relative) {
    List<Path> way = new ArrayList<>();
    way.add(root);
    for (int i = 1; i < relative.getNameCount(); i++) {
      way.add(root.resolve(relative.subpath(0, i)));
    }
    return way;
  }

  /**
   * Why a database that is not at its path any more cannot be said to be deleted; empty if its
   * directories are the ones it was in, as far as they are there, and none that is missing was a
   * mount point.
   */
  Optional<String> doubt(Io io, Path root) throws IOException {
    List<Path> way = way(root, root.getFileSystem().getPath(path));
    if (way.size() != directories.size()) {
      return Optional.of("what is known of its directories is damaged");
    }
    for (int i = 0; i < way.size(); i++) {
      Place known = directories.get(i);
      FileIdentity found = io.identity(way.get(i));
      if (found == null) {
        boolean mounted = i == 0 || known.device() != directories.get(i - 1).device();
        return mounted
            ? Optional.of(way.get(i) + ", where something was mounted, is not there")
            : Optional.empty(); // deleted with what was in it
      }
      if (!Place.of(found).equals(known)) {
        return Optional.of(way.get(i) + " is not the directory that it was");
      }
    }
    return Optional.empty();
  }

  /** Reads what is kept; empty if nothing is, or it is damaged. */
  static Optional<DatabaseHome> read(Io io, Path stateDirectory) throws IOException {
    Path kept = stateDirectory.resolve(NAME);
    if (!io.exists(kept)) {
      return Optional.empty();
    }
    try (StorageFile file = io.open(kept, Io.OpenMode.READ)) {
      if (file.size() > MOST_BYTES) {
        return Optional.empty();
      }
      ByteBuffer in = ByteBuffer.allocate((int) file.size());
      file.readFully(in, 0);
      return decode(in.flip());
    } catch (EOFException | NoSuchFileException e) {
      return Optional.empty(); // cut or deleted since
    }
  }

  private static Optional<DatabaseHome> decode(ByteBuffer in) {
    int end = in.limit() - 4;
    if (end < HEAD_BYTES + 16 + 4
        || in.getLong(0) != MAGIC
        || in.getInt(8) != VERSION
        || in.getInt(end) != crc(in, end)) {
      return Optional.empty();
    }
    int count = in.getInt(12);
    if (count < 1 || count > (end - HEAD_BYTES - 4) / 16) {
      return Optional.empty();
    }
    in.position(HEAD_BYTES);
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      places.add(new Place(in.getLong(), in.getLong()));
    }
    int length = in.getInt();
    if (length != end - in.position()) {
      return Optional.empty();
    }
    String path = new String(in.array(), in.position(), length, StandardCharsets.UTF_8);
    return path.indexOf('\0') >= 0
        ? Optional.empty()
        : Optional.of(new DatabaseHome(path, List.copyOf(places)));
  }

  /** Keeps it. The state directory exists. */
  void write(Io io, Path stateDirectory) throws IOException {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    int end = HEAD_BYTES + 16 * directories.size() + 4 + name.length;
    ByteBuffer out = ByteBuffer.allocate(end + 4);
    out.putLong(MAGIC).putInt(VERSION).putInt(directories.size());
    directories.forEach(place -> out.putLong(place.device()).putLong(place.inode()));
    out.putInt(name.length).put(name);
    out.putInt(crc(out, end)).flip();
    Path next = stateDirectory.resolve(NEW);
    try (StorageFile file = io.open(next, Io.OpenMode.TRUNCATE)) {
      file.writeFully(out, 0);
    }
    io.rename(next, stateDirectory.resolve(NAME));
  }

  private static int crc(ByteBuffer bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 0, length);
    return (int) crc.getValue();
  }
}
