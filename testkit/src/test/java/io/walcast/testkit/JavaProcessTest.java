package io.walcast.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaProcessTest {
  @TempDir Path dir;

  @Test
  void childrenOfAKilledParentEnd() throws Exception {
    try (JavaProcess parent =
            JavaProcess.leashed(Parent.class.getName()).args(dir.toString()).start();
        BufferedReader out =
            new BufferedReader(
                new InputStreamReader(parent.process().getInputStream(), StandardCharsets.UTF_8))) {
      ProcessHandle child = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
      ProcessHandle sqlite = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
      assertThat(child.isAlive()).isTrue();
      assertThat(sqlite.isAlive()).isTrue();

      parent.kill();

      child.onExit().get(30, TimeUnit.SECONDS);
      sqlite.onExit().get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void aMainThatFailsEndsItsProcess() {
    try (JavaProcess process =
        JavaProcess.leashed("no.such.Main").log(dir.resolve("log")).start()) {
      assertThat(process.exitsWithin(Duration.ofSeconds(30))).isTrue();
      assertThat(process.process().exitValue()).isEqualTo(1);
      assertThat(dir.resolve("log")).content().contains("ClassNotFoundException: no.such.Main");
    }
  }

  /** Starts a child of each kind and waits to be killed. */
  public static final class Parent {
    private Parent() {}

    public static void main(String[] args) throws InterruptedException {
      JavaProcess child =
          JavaProcess.leashed(Sleeper.class.getName()).log(Path.of(args[0], "child.log")).start();
      SqliteProcess sqlite = SqliteProcess.start();
      System.out.println(child.pid());
      System.out.println(sqlite.pid());
      new CountDownLatch(1).await();
    }
  }

  /** Never ends by itself. */
  public static final class Sleeper {
    private Sleeper() {}

    public static void main(String[] args) throws InterruptedException {
      new CountDownLatch(1).await();
    }
  }
}
