package dev.tollgate.core.metering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the usage log over into the ledger, on a thread of its own. Records and the position they
 * were read up to are one transaction in each shard, so a record that was committed is never
 * committed again, whenever the process is killed. While a database is away everything stays in the
 * log.
 */
public final class UsageShipper implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(UsageShipper.class);
  private static final int BATCH = 2000;
  private static final long IDLE_NANOS = 100_000_000L;
  private static final long RETRY_NANOS = 1_000_000_000L;

  private final MappedUsageLog log;
  private final Ledger ledger;
  private final UnaryOperator<String> shardOf;
  private final Thread thread;
  private final Map<String, Long> positions = new HashMap<>();
  private volatile boolean stopping;
  private volatile long position;
  private volatile long lastSuccess = System.currentTimeMillis();

  private static final class Batch {
    final List<UsageRecord> records = new ArrayList<>();
    final List<RefusalCount> refusals = new ArrayList<>();
  }

  /**
   * @param shardOf shard of a tenant id
   */
  public UsageShipper(MappedUsageLog log, Ledger ledger, UnaryOperator<String> shardOf) {
    this.log = log;
    this.ledger = ledger;
    this.shardOf = shardOf;
    this.thread = Thread.ofPlatform().daemon().name("usage-shipper").unstarted(this::ship);
  }

  public void start() {
    thread.start();
  }

  private void ship() {
    var failing = false;
    while (true) {
      var last = stopping;
      try {
        var next = shipBatch();
        lastSuccess = System.currentTimeMillis();
        if (failing) {
          LOG.info("The ledger answers again");
          failing = false;
        }
        if (next == position) {
          if (last) {
            return;
          }
          LockSupport.parkNanos(IDLE_NANOS);
        }
        position = next;
      } catch (RuntimeException e) {
        positions.clear();
        if (!failing) {
          LOG.warn("The ledger does not take usage; it is kept in the log until it does", e);
          failing = true;
        }
        if (last) {
          return;
        }
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  private long shipBatch() {
    Map<String, Batch> batches = new HashMap<>();
    var next =
        log.follow(
            position,
            BATCH,
            new MappedUsageLog.Follower() {
              @Override
              public void closed(UsageRecord record, long at) {
                var shard = shardOf.apply(record.opening().tenantId());
                if (at > taken(shard)) {
                  batches.computeIfAbsent(shard, s -> new Batch()).records.add(record);
                }
              }

              @Override
              public void refused(RefusalCount count, long at) {
                var shard = shardOf.apply(count.tenantId());
                if (at > taken(shard)) {
                  batches.computeIfAbsent(shard, s -> new Batch()).refusals.add(count);
                }
              }
            });
    batches.forEach((shard, batch) -> {
      ledger.commit(shard, log.id(), taken(shard), next, batch.records, batch.refusals);
      positions.put(shard, next);
    });
    log.shipped(next);
    return next;
  }

  private long taken(String shard) {
    return positions.computeIfAbsent(shard, s -> ledger.position(s, log.id()));
  }

  /** When the ledger last took everything offered, in milliseconds since the epoch. */
  public long lastSuccess() {
    return lastSuccess;
  }

  /** Ships what there is, then ends; waits no longer than {@code millis}. */
  public void stop(long millis) {
    stopping = true;
    LockSupport.unpark(thread);
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop(10_000);
  }
}
