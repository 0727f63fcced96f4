package io.walcast.connector.cli;

import io.walcast.connector.BuildVersion;
import io.walcast.segment.Namespace;
import java.io.IOException;
import java.io.PrintWriter;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.TypeConversionException;

/**
 * The command {@code walcast}.
 *
 * <p>Exit codes: 0 all is well; 1 something is wrong with what was asked about, or it could not be
 * done; 2 the command line is wrong.
 */
@Command(
    name = "walcast",
    description = "Looks into a topic of SQLite frames, and gets databases out of it.",
    mixinStandardHelpOptions = true,
    versionProvider = WalcastCommand.Version.class,
    subcommands = {
      ListCommand.class,
      StatusCommand.class,
      RestoreCommand.class,
      VerifyCommand.class,
      DeleteCommand.class,
      InspectCommand.class
    })
public final class WalcastCommand {

  static final int OK = 0;
  static final int FAILED = 1;

  private WalcastCommand() {}

  /** Runs the command and ends the process. */
  public static void main(String[] args) {
    System.exit(run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args));
  }

  /** Runs the command and returns its exit code. */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new WalcastCommand())
        .setOut(out)
        .setErr(err)
        .registerConverter(Namespace.class, WalcastCommand::namespace)
        .setExecutionExceptionHandler(
            (problem, command, parsed) -> {
              if (problem instanceof IOException || problem instanceof KafkaException) {
                command.getErr().println("walcast: " + problem.getMessage());
                return FAILED;
              }
              throw problem;
            })
        .execute(args);
  }

  private static Namespace namespace(String name) {
    if (!Namespace.isValid(name)) {
      throw new TypeConversionException(Namespace.printable(name) + " is no namespace");
    }
    return new Namespace(name);
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"walcast " + BuildVersion.get()};
    }
  }
}
