package dev.tollgate.app;

import dev.tollgate.app.cli.ApplyCommand;
import dev.tollgate.app.cli.CheckCommand;
import dev.tollgate.app.cli.DrainCommand;
import dev.tollgate.app.cli.GetCommand;
import dev.tollgate.app.cli.KeyCommand;
import dev.tollgate.app.cli.UpCommand;
import dev.tollgate.app.cli.UsageCommand;
import dev.tollgate.app.wiring.UnusedBeans;
import io.micronaut.runtime.exceptions.ApplicationStartupException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. */
@Command(
    name = "tollgate",
    mixinStandardHelpOptions = true,
    version = "tollgate 0.1.0",
    description = "Turns an API into a paid, multi-tenant product.",
    footer = {
      "",
      "Further commands of the launcher: test (the tests), e2e (a real cluster), bench, images, release,"
          + " build."
    })
public final class Tollgate {

  private static final List<Class<?>> COMMANDS =
      List.of(
          UpCommand.class,
          CheckCommand.class,
          ApplyCommand.class,
          GetCommand.class,
          KeyCommand.class,
          UsageCommand.class,
          DrainCommand.class);

  private Tollgate() {}

  public static void main(String[] args) {
    // a start does not wait until the options of every other command have been read
    var starts = args.length > 0 && args[0].equals("up");
    if (starts) {
      UnusedBeans.leaveOut();
    }
    var code = line(starts ? List.of(UpCommand.class) : COMMANDS).execute(args);
    if (code != UpCommand.KEEPS_RUNNING) {
      System.exit(code);
    }
  }

  static CommandLine line() {
    return line(COMMANDS);
  }

  private static CommandLine line(List<Class<?>> commands) {
    var line = new CommandLine(new Tollgate());
    commands.forEach(line::addSubcommand);
    line.setExecutionExceptionHandler((e, command, parsed) -> {
      command.getErr().println("tollgate: " + sentence(e));
      command.getErr().flush();
      return 1;
    });
    return line;
  }

  /** What went wrong in words: the messages of many exceptions are a path, or nothing. */
  private static String sentence(Throwable e) {
    var cause = e.getCause();
    var wraps = e instanceof UncheckedIOException || e instanceof ApplicationStartupException;
    if (wraps && cause != null) {
      return sentence(cause);
    }
    return switch (e) {
      case NoSuchFileException missing -> missing.getFile() + " is not there; correct the path";
      case AccessDeniedException denied ->
          denied.getFile() + " may not be read or written by this user; change its owner or mode";
      case FileAlreadyExistsException file ->
          file.getFile() + " is there already, and not a directory; name another";
      case NotDirectoryException file -> file.getFile() + " is not a directory; name one";
      case FileSystemException other when other.getReason() != null ->
          other.getFile() + ": " + other.getReason();
      case CharacterCodingException text -> "a file is not UTF-8; save it as UTF-8";
      default ->
          e.getMessage() == null || e.getMessage().isBlank()
              ? e.getClass().getSimpleName() + ", without a message; the log may say more"
              : e.getMessage();
    };
  }
}
