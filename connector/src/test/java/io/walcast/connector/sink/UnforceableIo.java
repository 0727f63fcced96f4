package io.walcast.connector.sink;

import io.walcast.io.Io;
import io.walcast.io.StandardIo;
import io.walcast.io.StorageFile;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** The real file system, whose syncs of database files and their WALs fail while told to. */
final class UnforceableIo {

  volatile boolean failing;
  private final Io real = new StandardIo();

  Io io() {
    return proxy(
        Io.class,
        (method, arguments) -> {
          Object result = call(method, real, arguments);
          return result instanceof StorageFile file ? unforceable(file) : result;
        });
  }

  private StorageFile unforceable(StorageFile file) {
    return proxy(
        StorageFile.class,
        (method, arguments) -> {
          if (failing && method.getName().equals("force") && isDatabase(file)) {
            throw new IOException("no sync of " + file.path());
          }
          return call(method, file, arguments);
        });
  }

  private static boolean isDatabase(StorageFile file) {
    String name = file.path().getFileName().toString();
    return name.endsWith(".db") || name.endsWith(".db-wal");
  }

  private interface Call {
    Object answer(Method method, Object[] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> call.answer(method, arguments)));
  }

  private static Object call(Method method, Object target, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
