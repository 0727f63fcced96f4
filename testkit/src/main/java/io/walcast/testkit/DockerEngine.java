package io.walcast.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds out whether a container can be started, by asking the engine itself: Testcontainers takes
 * minutes to give up on an image that cannot be pulled. Stateless; any thread.
 */
final class DockerEngine {
  /** What Testcontainers 2.0.5 starts beside the broker to clean up after it. */
  private static final String RYUK = "testcontainers/ryuk:0.14.0";

  /** What Testcontainers starts, itself in a container, to find the address of the host. */
  private static final String TINY = "alpine:3.17";

  private DockerEngine() {}

  /** Why no container can be started, or null if nothing speaks against trying. */
  static String obstacle() {
    try {
      Class.forName(
          "org.testcontainers.kafka.KafkaContainer", false, DockerEngine.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      return "Testcontainers is not on the class path";
    }
    String host = System.getenv("DOCKER_HOST");
    URI engine = URI.create(host == null ? "unix:///var/run/docker.sock" : host);
    if (!"unix".equals(engine.getScheme())) {
      return null;
    }
    Path socket = Path.of(engine.getPath());
    if (!Files.exists(socket)) {
      return "no Docker engine at " + engine;
    }
    try {
      for (String image : neededImages()) {
        if (!isPresent(socket, image) && !pull(socket, image)) {
          return "the Docker engine neither has nor can pull " + image;
        }
      }
      return null;
    } catch (IOException e) {
      return "no Docker engine answers at " + engine + ": " + e.getMessage();
    }
  }

  private static List<String> neededImages() {
    List<String> images = new ArrayList<>();
    images.add(ContainerBroker.IMAGE);
    if (!Boolean.parseBoolean(System.getenv("TESTCONTAINERS_RYUK_DISABLED"))) {
      images.add(RYUK);
    }
    if (Files.exists(Path.of("/.dockerenv"))
        && System.getenv("TESTCONTAINERS_HOST_OVERRIDE") == null) {
      images.add(TINY);
    }
    return images;
  }

  private static boolean isPresent(Path socket, String image) throws IOException {
    return isSuccess(ask(socket, "GET /images/" + image + "/json"));
  }

  private static boolean pull(Path socket, String image) throws IOException {
    String[] nameAndTag = image.split(":");
    String answer =
        ask(socket, "POST /images/create?fromImage=" + nameAndTag[0] + "&tag=" + nameAndTag[1]);
    // A pull that fails half-way has already answered 200; the image then is still not there.
    return isSuccess(answer) && isPresent(socket, image);
  }

  private static boolean isSuccess(String answer) {
    return answer.matches("(?s)HTTP/1\\.[01] 200 .*");
  }

  private static String ask(Path socket, String request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(
          ByteBuffer.wrap(
              (request + " HTTP/1.0\r\nHost: docker\r\nContent-Length: 0\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII)));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      Channels.newInputStream(channel).transferTo(answer);
      return answer.toString(StandardCharsets.UTF_8);
    }
  }
}
