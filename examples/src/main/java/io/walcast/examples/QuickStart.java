package io.walcast.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * The main of {@code quickstart.sh}. The system property {@value #HOME} names the repository.
 *
 * <p>The exit code is that of the verdict, or 2 for a command line that makes no sense.
 */
public final class QuickStart {
  /** Where {@code config/} and the built plugin are. */
  static final String HOME = "walcast.quickstart.home";

  private static final int USAGE_ERROR = 2;

  private final Console console;

  private QuickStart(Console console) {
    this.console = console;
  }

  /** Runs, and exits. */
  public static void main(String[] arguments) {
    System.exit(new QuickStart(Console.standard()).run(arguments));
  }

  private int run(String... arguments) {
    try {
      QuickStartOptions options = QuickStartOptions.parse(arguments);
      Workspace workspace = Workspace.of(options);
      RunLog.open(workspace.log());
      Optional<Verdict> verdict = run(options, workspace);
      verdict.ifPresent(v -> console.say(v.line(workspace.log())));
      return verdict.map(Verdict::exitCode).orElse(1);
    } catch (UsageException e) {
      System.err.println("quickstart: " + e.getMessage());
      System.err.println("quickstart.sh --help says what there is.");
      return USAGE_ERROR;
    } catch (IOException e) {
      System.err.println("quickstart: " + e);
      return 1;
    }
  }

  /** Empty if a signal ended the run: then the shutdown hook has the last word. */
  private Optional<Verdict> run(QuickStartOptions options, Workspace workspace) throws IOException {
    Path home = Path.of(System.getProperty(HOME, "")).toAbsolutePath();
    ShutdownStack stack = new ShutdownStack(() -> sayStopped(workspace));
    Verdict verdict;
    try (stack) {
      verdict =
          options.isDemo()
              ? new DemoRun(home, workspace, stack, console).run(options.demoTime())
              : new UserRun(home, workspace, stack, console).run(options.once());
    } catch (IOException | RuntimeException | InterruptedException e) {
      if (stack.isSignalled()) {
        // What was in use is being stopped under our feet.
        return Optional.empty();
      }
      LoggerFactory.getLogger(QuickStart.class).error("the run has failed", e);
      verdict = Verdict.failed(e.getMessage() == null ? e.toString() : e.getMessage());
    }
    if (verdict.ok()) {
      workspace.deleteDemo();
    }
    return Optional.of(verdict);
  }

  private void sayStopped(Workspace workspace) {
    try {
      workspace.deleteDemo();
    } catch (IOException e) {
      console.say("Not all of the demo could be deleted: " + e);
    }
    console.say("Stopped; everything is shut down. Log: " + workspace.log());
  }
}
