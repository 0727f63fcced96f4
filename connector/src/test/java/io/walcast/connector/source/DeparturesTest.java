package io.walcast.connector.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.walcast.io.FileIdentity;
import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which missing databases are taken for deleted; the clock is the test's. */
class DeparturesTest {

  private static final Namespace SHOP = new Namespace("eu/berlin/shop");
  private static final long AFTER_NS = 10_000_000_000L;

  @TempDir Path temporary;

  private final Map<Path, Long> devices = new HashMap<>(); // of what is mounted, so to say
  private final Map<Namespace, Watch> watches = new TreeMap<>();
  private final Io io = withDevices(new StandardIo());
  private WalSourceConfig config;
  private DatabaseHomes homes;
  private DatabaseScanner scanner;
  private Departures departures;
  private Path databases;
  private Path shop;

  @BeforeEach
  void captureOne() throws IOException {
    databases = Files.createDirectories(temporary.toRealPath().resolve("data"));
    Path state = temporary.toRealPath().resolve("state");
    config =
        new WalSourceConfig(
            Map.of(
                "databases.directory", databases.toString(),
                "state.directory", state.toString()));
    homes = new DatabaseHomes(io, config);
    shop = create("eu/berlin/shop.db");
    Files.createDirectories(state.resolve(SHOP.name()));
    watches.put(SHOP, new Watch(SHOP, shop, new FakeDatabase(SHOP, shop)));
    begin();
  }

  private void begin() {
    scanner = new DatabaseScanner(config);
    departures =
        new Departures(
            io,
            config,
            homes,
            scanner,
            new TaskShare(0, 1),
            (name, path) -> new FakeDatabase(name, path));
  }

  private Path create(String name) throws IOException {
    Path path = databases.resolve(name);
    Files.createDirectories(path.getParent());
    return Files.writeString(path, "pages");
  }

  private boolean isGoneAt(long nowNs) throws IOException {
    Map<Namespace, Watch> gone = departures.after(scanner.scan(), watches, nowNs);
    gone.values().forEach(watch -> assertThat(watch.database()).isEqualTo(shop));
    return gone.containsKey(SHOP);
  }

  @Test
  void itIsGoneOnceItHasBeenMissingForLongEnough() throws Exception {
    homes.keep(SHOP, shop);
    assertThat(isGoneAt(-AFTER_NS)).isFalse();
    Files.delete(shop);
    assertThat(isGoneAt(0)).isFalse();
    assertThat(isGoneAt(AFTER_NS - 1)).isFalse();
    assertThat(isGoneAt(AFTER_NS)).isTrue();
  }

  @Test
  void oneThatIsBackInBetweenIsNot() throws Exception {
    homes.keep(SHOP, shop);
    Files.delete(shop);
    assertThat(isGoneAt(0)).isFalse();
    create("eu/berlin/shop.db");
    assertThat(isGoneAt(AFTER_NS / 2)).isFalse();
    Files.delete(shop);
    assertThat(isGoneAt(AFTER_NS)).isFalse();
    assertThat(isGoneAt(2 * AFTER_NS - 1)).isFalse();
    assertThat(isGoneAt(2 * AFTER_NS)).isTrue();
  }

  @Test
  void aScanThatFailsBeginsTheTimeAnew() throws Exception {
    homes.keep(SHOP, shop);
    Files.delete(shop);
    assertThat(isGoneAt(0)).isFalse();
    departures.scanFailed();
    assertThat(isGoneAt(AFTER_NS)).isFalse();
    assertThat(isGoneAt(2 * AFTER_NS)).isTrue();
  }

  @Test
  void oneWhoseDirectoriesWereDeletedWithItIs() throws Exception {
    homes.keep(SHOP, shop);
    Files.delete(shop);
    Files.delete(shop.getParent());
    Files.delete(databases.resolve("eu"));
    assertThat(isGoneAt(0)).isFalse();
    assertThat(isGoneAt(AFTER_NS)).isTrue();
  }

  @Test
  void oneWhoseDirectoryIsAnotherIsNot() throws Exception {
    homes.keep(SHOP, shop);
    for (String moved : new String[] {"eu/berlin", "eu"}) {
      Files.move(databases.resolve(moved), temporary.resolve("moved"));
      Files.createDirectories(shop.getParent());
      assertThat(isGoneAt(0)).isFalse();
      assertThat(isGoneAt(AFTER_NS)).as(moved).isFalse();
      Files.delete(shop.getParent());
      if (moved.equals("eu")) {
        Files.delete(databases.resolve("eu"));
      }
      Files.move(temporary.resolve("moved"), databases.resolve(moved));
      assertThat(isGoneAt(2 * AFTER_NS)).isFalse();
    }
    Files.move(databases, temporary.resolve("moved"));
    Files.createDirectory(databases);
    assertThat(isGoneAt(3 * AFTER_NS)).isFalse();
    assertThat(isGoneAt(4 * AFTER_NS)).isFalse();
  }

  @Test
  void oneOnAMountThatIsNotThereIsNot() throws Exception {
    Path mount = databases.resolve("eu");
    devices.put(mount, 77L);
    devices.put(shop.getParent(), 77L);
    homes.keep(SHOP, shop);
    Files.move(mount, temporary.resolve("unmounted"));
    assertThat(isGoneAt(0)).isFalse();
    assertThat(isGoneAt(AFTER_NS)).as("the mount point has been removed").isFalse();
    devices.clear();
    Files.createDirectory(mount);
    assertThat(isGoneAt(2 * AFTER_NS)).isFalse();
    assertThat(isGoneAt(3 * AFTER_NS)).as("the mount point is empty").isFalse();

    Files.delete(mount);
    Files.move(temporary.resolve("unmounted"), mount);
    devices.put(mount, 77L);
    devices.put(shop.getParent(), 77L);
    Files.delete(shop);
    Files.delete(shop.getParent());
    assertThat(isGoneAt(4 * AFTER_NS)).isFalse();
    assertThat(isGoneAt(5 * AFTER_NS)).as("deleted from the mount").isTrue();
  }

  @Test
  void oneThatTheNextTaskMissesIs() throws Exception {
    homes.keep(SHOP, shop);
    watches.clear();
    Files.delete(shop);
    begin();
    assertThat(isGoneAt(0)).isFalse();
    assertThat(isGoneAt(AFTER_NS)).isTrue();
    assertThat(isGoneAt(2 * AFTER_NS)).as("told once").isFalse();
  }

  @Test
  void whatIsKnownOfNobodyOrIsDamagedProvesNothing() throws Exception {
    Files.delete(shop);
    assertThat(isGoneAt(0)).isFalse();
    assertThat(isGoneAt(AFTER_NS)).as("nothing is known of it").isFalse();

    create("eu/berlin/shop.db");
    homes.keep(SHOP, shop);
    Files.delete(shop);
    Path kept = config.stateDirectory().resolve(SHOP.name()).resolve(DatabaseHome.NAME);
    byte[] whole = Files.readAllBytes(kept);
    long nowNs = 2 * AFTER_NS;
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 1;
      Files.write(kept, damaged);
      assertThat(isGoneAt(nowNs)).isFalse();
      assertThat(isGoneAt(nowNs + AFTER_NS)).as("byte %d", i).isFalse();
      Files.write(kept, Arrays.copyOf(whole, i));
      assertThat(isGoneAt(nowNs)).isFalse();
      assertThat(isGoneAt(nowNs + AFTER_NS)).as("cut at %d", i).isFalse();
      nowNs += 2 * AFTER_NS;
    }
    Files.write(kept, whole);
    assertThat(isGoneAt(nowNs)).isFalse();
    assertThat(isGoneAt(nowNs + AFTER_NS)).isTrue();
  }

  /** With a checksum that is right: of another version, or made by somebody. */
  @Test
  void whatIsWholeAndImpossibleProvesNothing() throws Exception {
    homes.keep(SHOP, shop);
    Files.delete(shop);
    Path kept = config.stateDirectory().resolve(SHOP.name()).resolve(DatabaseHome.NAME);
    byte[] whole = Files.readAllBytes(kept);
    int lengthAt = 16 + 16 * ByteBuffer.wrap(whole).getInt(12);
    int length = ByteBuffer.wrap(whole).getInt(lengthAt);
    int[][] changes = {
      {0, 1}, // magic
      {8, 2}, // version
      {12, 0},
      {12, -1},
      {12, 4},
      {12, 1},
      {12, Integer.MAX_VALUE}, // directories
      {lengthAt, 0},
      {lengthAt, -1},
      {lengthAt, length + 1},
      {lengthAt, Integer.MAX_VALUE},
      {lengthAt + 4, 0}, // path
    };
    long nowNs = 0;
    for (int[] change : changes) {
      ByteBuffer impossible = ByteBuffer.wrap(whole.clone()).putInt(change[0], change[1]);
      CRC32C crc = new CRC32C();
      crc.update(impossible.array(), 0, whole.length - 4);
      Files.write(kept, impossible.putInt(whole.length - 4, (int) crc.getValue()).array());
      begin();
      assertThat(isGoneAt(nowNs)).isFalse();
      assertThat(isGoneAt(nowNs + AFTER_NS)).as("%d at %d", change[1], change[0]).isFalse();
      nowNs += 2 * AFTER_NS;
    }
  }

  /** The real one, where some directories are on devices of their own. */
  private Io withDevices(Io real) {
    return (Io)
        Proxy.newProxyInstance(
            Io.class.getClassLoader(),
            new Class<?>[] {Io.class},
            (proxy, method, arguments) -> {
              try {
                Object answer = method.invoke(real, arguments);
                return answer instanceof FileIdentity found && devices.containsKey(arguments[0])
                    ? new FileIdentity(
                        devices.get(arguments[0]),
                        found.inode(),
                        found.sizeBytes(),
                        found.modified(),
                        found.changed())
                    : answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
