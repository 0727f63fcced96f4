package io.walcast.examples;

import java.util.List;

final class ConnectorBeans {
  List<NamespaceStatus> read() {
    return List.of();
  }
}
