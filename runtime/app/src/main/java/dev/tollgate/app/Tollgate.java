package dev.tollgate.app;

import dev.tollgate.app.cli.ApplyCommand;
import dev.tollgate.app.cli.CheckCommand;
import dev.tollgate.app.cli.DrainCommand;
import dev.tollgate.app.cli.GetCommand;
import dev.tollgate.app.cli.KeyCommand;
import dev.tollgate.app.cli.UpCommand;
import dev.tollgate.app.cli.UsageCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. */
@Command(
    name = "tollgate",
    mixinStandardHelpOptions = true,
    version = "tollgate 0.1.0",
    description = "Turns an API into a paid, multi-tenant product.",
    subcommands = {
      UpCommand.class,
      CheckCommand.class,
      ApplyCommand.class,
      GetCommand.class,
      KeyCommand.class,
      UsageCommand.class,
      DrainCommand.class
    },
    footer = {
      "",
      "Further commands of the launcher: test (the tests), e2e (a real cluster), images, build."
    })
public final class Tollgate {

  private Tollgate() {}

  public static void main(String[] args) {
    var code = line().execute(args);
    if (code != UpCommand.KEEPS_RUNNING) {
      System.exit(code);
    }
  }

  static CommandLine line() {
    var line = new CommandLine(new Tollgate());
    line.setExecutionExceptionHandler((e, command, parsed) -> {
      command.getErr().println("tollgate: " + e.getMessage());
      command.getErr().flush();
      return 1;
    });
    return line;
  }
}
