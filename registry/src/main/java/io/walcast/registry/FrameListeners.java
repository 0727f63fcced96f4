package io.walcast.registry;

import io.walcast.segment.Namespace;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who is told of the commits of one log. Thread-safe. */
final class FrameListeners {

  private static final Logger LOG = LoggerFactory.getLogger(FrameListeners.class);

  private final Namespace namespace;
  private final List<FrameListener> listeners = new CopyOnWriteArrayList<>();

  FrameListeners(Namespace namespace) {
    this.namespace = namespace;
  }

  void add(FrameListener listener) {
    listeners.add(listener);
  }

  /** Whether it was there. */
  boolean remove(FrameListener listener) {
    return listeners.remove(listener);
  }

  void committed(long frameNo) {
    for (FrameListener listener : listeners) {
      tell(listener, l -> l.committed(frameNo));
    }
  }

  /** Tells each once. */
  void closed() {
    for (FrameListener listener : listeners) {
      if (remove(listener)) {
        tell(listener, FrameListener::closed);
      }
    }
  }

  /** The commit has happened: a listener's error is not the writer's. */
  private void tell(FrameListener listener, Consumer<FrameListener> what) {
    try {
      what.accept(listener);
    } catch (RuntimeException e) {
      LOG.error("{}: a listener to commits failed", namespace, e);
    }
  }
}
