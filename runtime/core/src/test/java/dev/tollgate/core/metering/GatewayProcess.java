package dev.tollgate.core.metering;

import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageLog.Outcome;
import dev.tollgate.core.store.Databases;
import dev.tollgate.core.store.JdbcLedger;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that admits and ends requests until it is killed; prints each id once it is admitted.
 */
final class GatewayProcess {

  private GatewayProcess() {}

  public static void main(String[] args) throws InterruptedException {
    var directory = Path.of(args[0]);
    var databases = Databases.embedded(directory);
    var log =
        MappedUsageLog.open(directory.resolve("usage"), new MappedUsageLog.Sizes(1 << 18, 64, 0));
    var shipper =
        new UsageShipper(
            log, new JdbcLedger(databases, id -> ZoneOffset.UTC), UsageShipper.Observer.NONE);
    shipper.start();
    if (args[1].equals("drain")) {
      shipper.stop(60_000);
      log.close();
      databases.close();
      return;
    }
    for (int i = 0; i < 3; i++) {
      var tenant = "t" + (i % 2);
      Thread.ofPlatform().start(() -> work(log, tenant));
    }
    Thread.sleep(Long.MAX_VALUE);
  }

  private static void work(MappedUsageLog log, String tenant) {
    while (true) {
      var entry =
          log.open(
              new Opening(
                  "shard-" + tenant.charAt(1),
                  tenant,
                  "key:x",
                  "api",
                  "basic",
                  "r1",
                  "2026-11-01",
                  System.currentTimeMillis(),
                  1));
      if (entry.isEmpty()) {
        Thread.yield();
        continue;
      }
      System.out.println(entry.get().id());
      // so many that the log rolls over, so few that the ledger can be counted within seconds
      LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(1_000_000));
      entry.get().close(new Amounts(1, 10, 20), Outcome.COMPLETE, 200);
    }
  }
}
