package dev.tollgate.app.cli;

import dev.tollgate.core.metering.MappedUsageLog;
import dev.tollgate.core.metering.UsageShipper;
import io.micronaut.context.ApplicationContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Takes a usage log that a replica left behind over into the ledger. */
@Command(
    name = "drain",
    mixinStandardHelpOptions = true,
    description =
        "Take the usage log of a replica that is gone over into the ledger, in a cluster.")
public final class DrainCommand implements Callable<Integer> {

  private static final long POLL_MILLIS = 100;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the replica kept its log (default: ${DEFAULT-VALUE}).",
      defaultValue = "${env:TOLLGATE_DATA:-data}")
  Path data = Path.of("data");

  @Option(
      names = "--within",
      description = "How long to try (default: ${DEFAULT-VALUE}).",
      defaultValue = "PT5M")
  Duration within = Duration.ofMinutes(5);

  /** 0 when everything is in the ledger, 1 when not. */
  @Override
  public Integer call() throws InterruptedException {
    if (!Files.isDirectory(data.resolve("usage"))) {
      System.out.println("There is no usage log in " + data + ", so nothing is to be done.");
      return 0;
    }
    try (var context =
        ApplicationContext.run(
            Map.of(
                "tollgate.data", data.toAbsolutePath().toString(), "tollgate.source", "cluster"))) {
      var shipper = context.getBean(UsageShipper.class);
      var log = context.getBean(MappedUsageLog.class);
      var until = System.nanoTime() + within.toNanos();
      while (System.nanoTime() < until) {
        if (shipper.idle() && shipper.failing().isEmpty()) {
          System.out.println("The usage log " + log.id() + " is in the ledger.");
          return 0;
        }
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
      System.err.printf(
          "tollgate: after %s %d shards had not taken the usage log %s%n",
          within, shipper.failing().size(), log.id());
      return 1;
    }
  }
}
