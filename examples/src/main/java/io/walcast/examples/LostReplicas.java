package io.walcast.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * Replicas that somebody has deleted since an earlier run. The topic still has their whole history,
 * but the sink would go on where it stopped; so it is made to read the topic from the start again,
 * and skips what the other replicas have. Stateless.
 */
final class LostReplicas {
  private LostReplicas() {}

  /** The namespaces that the sink knows and that have no replica any more. */
  static List<String> find(Workspace workspace, FoundDatabases found) {
    return found.byNamespace().keySet().stream()
        .filter(namespace -> Files.exists(workspace.sinkState(namespace)))
        .filter(namespace -> !Files.exists(workspace.replica(namespace)))
        .toList();
  }

  /** Makes a sink connector that does not run yet forget how far it has read. */
  static void readAgain(String bootstrapServers, String sinkConnector) throws IOException {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      admin.deleteConsumerGroups(List.of("connect-" + sinkConnector)).all().get();
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof GroupIdNotFoundException)) {
        throw new IOException("cannot make " + sinkConnector + " read again: " + e.getCause(), e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while making " + sinkConnector + " read again", e);
    }
  }
}
