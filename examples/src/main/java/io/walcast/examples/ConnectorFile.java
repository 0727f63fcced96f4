package io.walcast.examples;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A connector's JSON from {@code config/}, as a person would paste it, with a few values replaced.
 *
 * @param name the connector's name
 * @param json what to send to the worker
 */
record ConnectorFile(String name, String json) {

  static ConnectorFile read(Path file, Map<String, String> replaced) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode root = mapper.readTree(file.toFile());
    JsonNode config = root.path("config");
    if (!config.isObject() || !root.path("name").isTextual()) {
      throw new IOException(file + ": not the JSON of a connector, with a name and a config");
    }
    replaced.forEach((key, value) -> ((ObjectNode) config).put(key, value));
    return new ConnectorFile(root.get("name").asText(), mapper.writeValueAsString(root));
  }

  /** One setting of the connector, or {@code otherwise}. */
  String setting(String key, String otherwise) throws IOException {
    return new ObjectMapper().readTree(json).path("config").path(key).asText(otherwise);
  }
}
