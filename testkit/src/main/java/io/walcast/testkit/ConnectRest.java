package io.walcast.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A Connect worker's REST interface. Any thread.
 *
 * <p>Methods throw {@link RestException} for an answer that is not a success, and {@link
 * UncheckedIOException} where nobody answers.
 */
public final class ConnectRest {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final ObjectMapper json = new ObjectMapper();
  private final URI root;

  public ConnectRest(URI root) {
    this.root = root;
  }

  /** Sends a request without a body; the answer may be empty. */
  public JsonNode send(String method, String path) {
    return exchange(method, path, null);
  }

  /**
   * @param body written as JSON
   */
  public JsonNode send(String method, String path, Object body) {
    try {
      return exchange(method, path, json.writeValueAsString(body));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not representable as JSON: " + body, e);
    }
  }

  /** The worker's own version document; an answer means that REST is up. */
  public JsonNode root() {
    return send("GET", "/");
  }

  public JsonNode plugins() {
    return send("GET", "/connector-plugins?connectorsOnly=false");
  }

  /** Creates the connector or replaces its configuration. */
  public JsonNode putConfig(String connector, Map<String, String> config) {
    return send("PUT", "/connectors/" + encode(connector) + "/config", config);
  }

  /** Fails if there is a connector of this name already. */
  public JsonNode createConnector(String connector, Map<String, String> config) {
    return send("POST", "/connectors", Map.of("name", connector, "config", config));
  }

  public JsonNode status(String connector) {
    return send("GET", "/connectors/" + encode(connector) + "/status");
  }

  /** What the worker says to this configuration; see {@code error_count} and {@code configs}. */
  public JsonNode validate(String connectorClass, Map<String, String> config) {
    Map<String, String> complete = new HashMap<>(config);
    // The worker insists on finding it in the body as well.
    complete.putIfAbsent("connector.class", connectorClass);
    return send(
        "PUT", "/connector-plugins/" + encode(connectorClass) + "/config/validate", complete);
  }

  public void deleteConnector(String connector) {
    send("DELETE", "/connectors/" + encode(connector));
  }

  /** The committed offsets of a connector. */
  public JsonNode offsets(String connector) {
    return send("GET", "/connectors/" + encode(connector) + "/offsets");
  }

  private JsonNode exchange(String method, String path, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(root.resolve(path))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      if (response.statusCode() >= 300) {
        throw new RestException(response.statusCode(), method + " " + path, response.body());
      }
      return json.readTree(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + root.resolve(path), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted during " + method + " " + path, e);
    }
  }

  private static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** An answer other than success. */
  public static final class RestException extends RuntimeException {
    private final int status;

    RestException(int status, String request, String body) {
      super(request + " was answered with " + status + ": " + body);
      this.status = status;
    }

    /** Whether the same request can succeed later: 409 also stands for a name that is taken. */
    boolean isForTheMoment() {
      return status == 409 && !getMessage().contains("already exists");
    }

    /** The HTTP status, for example 409 while a distributed worker rebalances. */
    public int status() {
      return status;
    }
  }
}
