package io.walcast.examples;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.connect.cli.ConnectStandalone;
import org.apache.kafka.connect.runtime.Connect;
import org.apache.kafka.connect.runtime.standalone.StandaloneHerder;

/**
 * A standalone Connect worker inside this JVM, spoken to as any other: through its REST interface,
 * which listens on a port of its own choice on the loopback interface. Used by one thread, but for
 * {@link #close}.
 */
final class EmbeddedWorker implements AutoCloseable {
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(90);

  private final ObjectMapper mapper = new ObjectMapper();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Connect<StandaloneHerder> connect;

  private EmbeddedWorker(Connect<StandaloneHerder> connect) {
    this.connect = connect;
  }

  /** Starts a worker with the settings in a file, some of them replaced. */
  static EmbeddedWorker start(Path propertiesFile, Map<String, String> replaced)
      throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(propertiesFile)) {
      properties.load(reader);
    }
    Map<String, String> settings = new HashMap<>();
    properties.forEach((key, value) -> settings.put((String) key, (String) value));
    settings.putAll(replaced);
    settings.put("listeners", "http://127.0.0.1:0");
    return new EmbeddedWorker(new ConnectStandalone().startConnect(settings));
  }

  /** Creates a connector; the worker has checked its configuration when this returns. */
  void create(ConnectorFile connector) throws IOException {
    HttpResponse<String> response =
        send(
            HttpRequest.newBuilder(resolve("/connectors"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(connector.json())));
    if (response.statusCode() != 201) {
      throw new IOException(
          "the worker refused " + connector.name() + ": " + message(response.body()));
    }
  }

  /** Stops a connector and forgets it. */
  void delete(String connector) throws IOException {
    HttpResponse<String> response =
        send(HttpRequest.newBuilder(resolve("/connectors/" + connector)).DELETE());
    if (response.statusCode() != 204) {
      throw new IOException("the worker did not delete " + connector + ": " + response.body());
    }
  }

  /** The stack traces of what failed in the connector or its tasks; empty if nothing did. */
  String failure(String connector) throws IOException {
    HttpResponse<String> response =
        send(HttpRequest.newBuilder(resolve("/connectors/" + connector + "/status")));
    if (response.statusCode() != 200) {
      return "";
    }
    JsonNode status = mapper.readTree(response.body());
    StringBuilder failures = new StringBuilder(trace(status.path("connector")));
    status.path("tasks").forEach(task -> failures.append(trace(task)));
    return failures.toString();
  }

  /** The part of a refusal that is meant for a person. */
  private String message(String body) throws IOException {
    return mapper.readTree(body).path("message").asText(body).replaceAll("\\s+", " ").strip();
  }

  private static String trace(JsonNode part) {
    return part.path("state").asText().equals("FAILED") ? part.path("trace").asText() : "";
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return http.send(request.timeout(ANSWER_TIMEOUT).build(), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the worker", e);
    }
  }

  private URI resolve(String path) {
    return connect.rest().serverUrl().resolve(path);
  }

  /** Stops the tasks and the worker. Any thread; Connect's own shutdown hook may do the same. */
  @Override
  public void close() {
    connect.stop();
    connect.awaitStop();
  }
}
