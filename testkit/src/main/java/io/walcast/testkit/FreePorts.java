package io.walcast.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Hands out TCP ports that nobody else takes while this JVM lives, even while the server that they
 * are meant for is down: they lie below the range from which the system gives ports to outgoing
 * connections, and a locked file per port keeps other JVMs with a testkit away. Any thread.
 */
final class FreePorts {
  private static final int LOWEST = 20_000;
  private static final int BEYOND = 32_000;
  private static final Path RESERVATIONS =
      Path.of(System.getProperty("java.io.tmpdir"), "walcast-ports");
  private static final Set<FileLock> HELD = ConcurrentHashMap.newKeySet();
  private static final Set<Integer> TRIED = ConcurrentHashMap.newKeySet();

  private FreePorts() {}

  static int reserve() {
    try {
      Files.createDirectories(RESERVATIONS);
      for (int attempt = 0; attempt < 1_000; attempt++) {
        int port = ThreadLocalRandom.current().nextInt(LOWEST, BEYOND);
        if (TRIED.add(port) && lock(port) && isFree(port)) {
          return port;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot reserve ports in " + RESERVATIONS, e);
    }
    throw new IllegalStateException("no free port between " + LOWEST + " and " + BEYOND);
  }

  private static boolean lock(int port) throws IOException {
    FileChannel channel =
        FileChannel.open(
            RESERVATIONS.resolve(Integer.toString(port)),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    // Each file is opened once: closing a second channel would drop the lock of the first.
    FileLock lock = channel.tryLock();
    if (lock == null) {
      channel.close();
      return false;
    }
    HELD.add(lock);
    return true;
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort() == port;
    } catch (IOException e) {
      return false;
    }
  }
}
