package dev.tollgate.core.metering;

import dev.tollgate.core.Seldom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the usage log over into the ledger, on a thread of its own. Records and the position they
 * were read up to are one transaction in each shard, so a record that was committed is never
 * committed again, whenever the process is killed. While a shard is away its records stay in the
 * log; the others go on, and it is caught up with when it returns.
 */
public final class UsageShipper implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(UsageShipper.class);

  /** Entries that are read for one transaction in each shard; a request has two. */
  private static final int BATCH = 4000;

  /**
   * Records that are waited for, within the bounds below. Fewer are not worth a transaction, which
   * costs as much as many rows; more live long enough to cost the garbage collector.
   */
  private static final int WORTH = 800;

  private static final long LEAST_WAIT_NANOS = 25_000_000L;
  private static final long MOST_WAIT_NANOS = 100_000_000L;
  private static final long RETRY_NANOS = 1_000_000_000L;

  private final MappedUsageLog log;
  private final Ledger ledger;
  private final Observer observer;
  private final Thread thread;

  /** How far each shard has taken over the log, as far as this process has asked. */
  private final Map<String, Long> taken = new HashMap<>();

  /** Shards that fail, and from where on the log must be read again for them. */
  private final Map<String, Behind> behind = new HashMap<>();

  /** When it was last told that a shard fails: one may do so again and again. */
  private final Map<String, Seldom> warned = new HashMap<>();

  private volatile boolean stopping;
  private volatile Map<String, RuntimeException> failing = Map.of();
  private volatile boolean idle;
  private volatile long position;
  private int records;
  private volatile long lastSuccess = System.currentTimeMillis();

  private record Behind(long from, long retryAt, RuntimeException why) {}

  private static final class Batch {
    final List<UsageRecord> records = new ArrayList<>();
    final List<RefusalCount> refusals = new ArrayList<>();
  }

  /** What follows the ledger; called on the shipper's thread, right after a commit. */
  public interface Observer {
    void committed(List<UsageRecord> records);

    /** Called after each batch, and about ten times a second while there is nothing to ship. */
    void shipped();

    /** Called once, when all is shipped and nothing more comes. */
    default void ended() {}

    /** Follows nothing. */
    Observer NONE =
        new Observer() {
          @Override
          public void committed(List<UsageRecord> records) {}

          @Override
          public void shipped() {}
        };
  }

  public UsageShipper(MappedUsageLog log, Ledger ledger, Observer observer) {
    this.log = log;
    this.ledger = ledger;
    this.observer = observer;
    this.thread = Thread.ofPlatform().daemon().name("usage-shipper").unstarted(this::ship);
  }

  public void start() {
    thread.start();
  }

  private void ship() {
    var wait = MOST_WAIT_NANOS;
    while (true) {
      var last = stopping;
      records = 0;
      var next = shipBatch(position, null);
      var idle = next == position;
      position = next;
      catchUp(last);
      log.shipped(behind.values().stream().mapToLong(Behind::from).reduce(position, Math::min));
      failing =
          behind.entrySet().stream()
              .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, e -> e.getValue().why()));
      this.idle = idle;
      if (behind.isEmpty()) {
        lastSuccess = System.currentTimeMillis();
      }
      var end = idle && last;
      try {
        if (end) {
          observer.ended();
        } else {
          observer.shipped();
        }
      } catch (RuntimeException e) {
        LOG.debug("what follows the ledger failed", e);
      }
      if (end) {
        return;
      }
      if (!last) {
        wait = Math.clamp(wait * WORTH / Math.max(1, records), LEAST_WAIT_NANOS, MOST_WAIT_NANOS);
        LockSupport.parkNanos(wait);
      }
    }
  }

  /** Gives each failing shard what it has missed, a second after its last failure. */
  private void catchUp(boolean now) {
    for (var shard : List.copyOf(behind.keySet())) {
      var before = Objects.requireNonNull(behind.get(shard));
      if (!now && before.retryAt() - System.nanoTime() > 0) {
        continue;
      }
      var from = before.from();
      while (from < position) {
        var next = shipBatch(from, shard);
        var after = behind.get(shard);
        if (next == from || (after != null && after.retryAt() != before.retryAt())) {
          break; // it failed again
        }
        from = next;
        behind.put(shard, new Behind(from, before.retryAt(), before.why()));
      }
      if (from >= position) {
        behind.remove(shard);
        LOG.info("Shard {} takes usage again", shard);
      }
    }
  }

  /**
   * Ships the entries from a position on.
   *
   * @param only the shard to ship to; null for all that do not fail
   * @return the position to go on from
   */
  private long shipBatch(long from, @Nullable String only) {
    Map<String, Batch> batches = new HashMap<>();
    // once left out, left out of the whole batch: what came before would be skipped for ever
    Set<String> leftOut = new HashSet<>(only == null ? behind.keySet() : Set.of());
    var next =
        log.follow(
            from,
            BATCH,
            new MappedUsageLog.Follower() {
              @Override
              public void closed(UsageRecord record, long at) {
                var batch = batch(record.opening().shard(), at);
                if (batch != null) {
                  batch.records.add(record);
                }
              }

              @Override
              public void refused(RefusalCount count, long at) {
                var batch = batch(count.shard(), at);
                if (batch != null) {
                  batch.refusals.add(count);
                }
              }

              private @Nullable Batch batch(String shard, long at) {
                if (leftOut.contains(shard) || (only != null && !shard.equals(only))) {
                  return null;
                }
                var known = taken(shard, from);
                if (known < 0) {
                  leftOut.add(shard);
                }
                return known < 0 || at <= known
                    ? null
                    : batches.computeIfAbsent(shard, s -> new Batch());
              }
            });
    batches.forEach((shard, batch) -> commit(shard, batch, from, next));
    return next;
  }

  private void commit(String shard, Batch batch, long from, long next) {
    var known = taken(shard, from);
    if (known < 0) {
      return;
    }
    try {
      ledger.commit(shard, log.id(), known, next, batch.records, batch.refusals);
    } catch (RuntimeException e) {
      failed(shard, from, e);
      return;
    }
    taken.put(shard, next);
    records += batch.records.size();
    observer.committed(batch.records);
  }

  /** How far a shard has taken over the log, or -1 when it does not answer. */
  private long taken(String shard, long from) {
    var known = taken.get(shard);
    if (known != null) {
      return known;
    }
    try {
      var asked = ledger.position(shard, log.id());
      taken.put(shard, asked);
      return asked;
    } catch (RuntimeException e) {
      failed(shard, from, e);
      return -1;
    }
  }

  private void failed(String shard, long from, RuntimeException e) {
    // asked again, since a commit may have come through whose answer did not
    taken.remove(shard);
    var before = behind.get(shard);
    behind.put(
        shard,
        new Behind(before == null ? from : before.from(), System.nanoTime() + RETRY_NANOS, e));
    if (before == null && warned.computeIfAbsent(shard, s -> new Seldom()).now()) {
      LOG.warn("Shard {} does not take usage; it is kept in the log until it does", shard, e);
    }
  }

  /** When every shard had last taken what there was, in milliseconds since the epoch. */
  public long lastSuccess() {
    return lastSuccess;
  }

  /** Whether the log was read to its end when last looked at. */
  public boolean idle() {
    return idle;
  }

  /** The shards that do not take usage now, each with what it last failed with. */
  public Map<String, RuntimeException> failing() {
    return failing;
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
