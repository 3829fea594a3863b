package dev.tollgate.core.metering;

import dev.tollgate.core.Seldom;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The usage log as memory-mapped segment files in one directory, which one process at a time owns:
 * here is what its entries mean; {@link LogSegments} has where they are. What has been appended is
 * in the page cache, so it survives {@code kill -9} of this process at once, and the loss of the
 * machine after it has been forced to disk.
 */
public final class MappedUsageLog implements UsageLog {

  private static final Logger LOG = LoggerFactory.getLogger(MappedUsageLog.class);
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * Sizes.
   *
   * @param segmentBytes of one file
   * @param maxSegments at most; beyond that requests are refused until the ledger has caught up
   * @param forceMillis how often the log is forced to disk; 0 leaves it to the operating system
   */
  public record Sizes(int segmentBytes, int maxSegments, long forceMillis) {
    public static final Sizes DEFAULT = new Sizes(16 << 20, 64, 1000);
  }

  private final Sizes sizes;
  private final LogDirectory directory;
  private final String id;
  private final LogSegments segments;
  private final Map<Refusal, Long> refusals = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread housekeeper;
  private final Names names = new Names();
  private final Seldom unkept = new Seldom();

  /** Ends that found no room; there are never more than requests under way when it ran out. */
  private final Queue<Unwritten> unwritten = new ConcurrentLinkedQueue<>();

  private final long salt = RANDOM.nextLong();

  private record Checkpoint(Amounts amounts, @Nullable ModelCall call) {}

  private record Refusal(String shard, String tenantId, String route, String reason, long second) {
    Refusal at(long another) {
      return new Refusal(shard, tenantId, route, reason, another);
    }
  }

  private MappedUsageLog(Path directory, Sizes sizes) throws IOException {
    this.sizes = sizes;
    this.directory = LogDirectory.take(directory);
    var existing = new ConcurrentSkipListMap<Long, LogSegment>();
    try {
      id = this.directory.id();
      var last = LogSegments.existing(directory, existing);
      var left = readLeft(existing);
      segments = new LogSegments(directory, sizes, existing, last + 1);
      end(left);
    } catch (IOException | RuntimeException e) {
      existing.values().forEach(LogSegment::close);
      this.directory.close();
      throw e;
    }
    housekeeper = Thread.ofPlatform().daemon().name("usage-log").start(this::keepHouse);
  }

  /** Opens the log of a directory, and ends what an earlier process left open. */
  public static MappedUsageLog open(Path directory, Sizes sizes) {
    try {
      return new MappedUsageLog(directory, sizes);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open the usage log in " + directory, e);
    }
  }

  /**
   * Returns where a directory is free for a log.
   *
   * @throws IOException when another process uses it, or it cannot be written to
   */
  public static void checkFree(Path directory) throws IOException {
    LogDirectory.take(directory).close();
  }

  /** Names this log in the ledger. */
  public String id() {
    return id;
  }

  /** A request that was under way when the last process died, and where its open entry is. */
  private record Left(Opening opening, LogSegment home) {}

  /** What an earlier process left open, as records of what was used when that was last noted. */
  private static List<Unwritten> readLeft(SortedMap<Long, LogSegment> segments) throws IOException {
    var names = new Names();
    Map<String, Left> open = new HashMap<>();
    Map<String, Checkpoint> used = new HashMap<>();
    for (var segment : List.copyOf(segments.values())) {
      var entries = new AtomicInteger();
      segment.read(
          0,
          Integer.MAX_VALUE,
          (payload, next) -> {
            entries.incrementAndGet();
            switch (payload.get()) {
              case Entries.OPEN ->
                  open.put(Entries.id(payload), new Left(Entries.opening(payload, names), segment));
              case Entries.CHECKPOINT ->
                  used.put(
                      Entries.id(payload),
                      new Checkpoint(Entries.amounts(payload), Entries.call(payload, names)));
              case Entries.CLOSE -> open.remove(Entries.id(payload));
              default -> {}
            }
          });
      if (entries.get() == 0) {
        // made in advance, perhaps not to its end; many starts in a row must not fill the log
        segments.remove(segment.number());
        segment.delete();
      }
    }
    var now = System.currentTimeMillis();
    List<Unwritten> left = new ArrayList<>();
    open.forEach((request, one) -> {
      var last =
          used.getOrDefault(
              request, new Checkpoint(new Amounts(one.opening().weight(), 0, 0), null));
      left.add(
          new Unwritten(
              new UsageRecord(
                  request, one.opening(), now, last.amounts(), Outcome.PARTIAL, 0, last.call()),
              one.home()));
    });
    return left;
  }

  /** Ends every request that was under way when the last process died, as partial. */
  private void end(List<Unwritten> left) {
    for (var one : left) {
      one.home().opened();
      if (!end(one.record(), one.home())) {
        unwritten.add(one);
      }
    }
    if (!left.isEmpty()) {
      LOG.info("{} requests were under way when the last process ended", left.size());
    }
  }

  @Override
  public Optional<Entry> open(Opening opening) {
    if (segments.isFull() || closed.get()) {
      return Optional.empty();
    }
    var request = nextId(opening.startedMillis());
    var home = segments.appendOpen(Entries.open(request, opening));
    return home == null ? Optional.empty() : Optional.of(new Admitted(request, opening, home));
  }

  /**
   * 48 bits of time and 80 random ones, in hex, as in UUID version 7 (RFC 9562, 5.7): the ledger
   * appends what is new, where random keys would go all over its tree.
   */
  private String nextId(long millis) {
    var random = ThreadLocalRandom.current();
    var hex = HexFormat.of();
    return hex.toHexDigits((millis << 16) | ((random.nextLong() ^ salt) & 0xffff))
        + hex.toHexDigits(random.nextLong() ^ salt);
  }

  private final class Admitted implements Entry {
    private final String request;
    private final Opening opening;

    /** Where the newest open entry is; this and all that follow it stay until the end. */
    private LogSegment home;

    private boolean ended;

    Admitted(String request, Opening opening, LogSegment home) {
      this.request = request;
      this.opening = opening;
      this.home = home;
    }

    @Override
    public String id() {
      return request;
    }

    @Override
    public synchronized void checkpoint(Amounts amounts, @Nullable ModelCall call) {
      if (ended) {
        return;
      }
      if (segments.isCurrent(home)) {
        segments.append(Entries.checkpoint(request, amounts, call));
        return;
      }
      // opened anew in a newer segment, so that the older ones can go
      var next = segments.appendOpen(Entries.open(request, opening));
      if (next != null) {
        var noted = segments.append(Entries.checkpoint(request, amounts, call)) != null;
        (noted ? home : next).closed();
        home = noted ? next : home;
      }
    }

    @Override
    public synchronized void close(
        Amounts amounts, Outcome outcome, int status, @Nullable ModelCall call) {
      if (ended) {
        return;
      }
      ended = true;
      var record =
          new UsageRecord(
              request, opening, System.currentTimeMillis(), amounts, outcome, status, call);
      if (!end(record, home)) {
        unwritten.add(new Unwritten(record, home));
      }
    }
  }

  /** An end that found no room in the log, and where its open entry is. */
  private record Unwritten(UsageRecord record, LogSegment home) {}

  /** Whether the end is in the log. */
  private boolean end(UsageRecord record, LogSegment home) {
    if (segments.append(Entries.close(record)) == null) {
      return false;
    }
    home.closed();
    return true;
  }

  /** Writes the ends that found no room, once there is some. */
  private synchronized void writeEnds() {
    for (var last = unwritten.peek(); last != null; last = unwritten.peek()) {
      if (!end(last.record(), last.home())) {
        return;
      }
      unwritten.remove();
    }
  }

  @Override
  public void refused(String shard, String tenantId, String route, String reason) {
    refusals.merge(
        new Refusal(shard, tenantId, route, reason, System.currentTimeMillis() / 1000),
        1L,
        Long::sum);
  }

  private void flushRefusals(long before) {
    for (var refusal : List.copyOf(refusals.keySet())) {
      var count = refusal.second() < before ? refusals.remove(refusal) : null;
      if (count != null && !append(refusal, count)) {
        // in one second of the present, so that those of a full log do not become many
        refusals.merge(refusal.at(System.currentTimeMillis() / 1000), count, Long::sum);
      }
    }
  }

  /** Whether the count is in the log. */
  private boolean append(Refusal refusal, long count) {
    var entry =
        new RefusalCount(
            refusal.shard(),
            refusal.tenantId(),
            refusal.route(),
            refusal.reason(),
            refusal.second(),
            count);
    return segments.append(Entries.refused(entry)) != null;
  }

  private void keepHouse() {
    var forced = System.nanoTime();
    while (!closed.get()) {
      LockSupport.parkNanos(50_000_000L);
      try {
        flushRefusals(System.currentTimeMillis() / 1000);
        segments.prepare();
        writeEnds();
        if (sizes.forceMillis() > 0
            && System.nanoTime() - forced > sizes.forceMillis() * 1_000_000L) {
          segments.force();
          forced = System.nanoTime();
        }
      } catch (IOException | RuntimeException e) {
        if (unkept.now()) {
          LOG.warn("Housekeeping of the usage log failed, it is tried again", e);
        }
      }
    }
  }

  /** What the shipper reads; entries in the order of their positions. */
  interface Follower {
    void closed(UsageRecord record, long position);

    void refused(RefusalCount count, long position);
  }

  /**
   * Reads on from a position, at most {@code atMost} entries. One thread at a time.
   *
   * @return the position to go on from
   */
  long follow(long from, int atMost, Follower follower) {
    var number = from >>> 32;
    var segment = segments.get(number);
    if (segment == null) {
      var after = segments.after(number);
      return after == null ? from : after << 32;
    }
    var base = segment.number() << 32;
    var offset = number == 0 ? 0 : from & 0xffff_ffffL;
    var end =
        segment.read(
            offset,
            atMost,
            (payload, next) -> {
              switch (payload.get()) {
                case Entries.CLOSE -> follower.closed(Entries.closed(payload, names), base | next);
                case Entries.REFUSED ->
                    follower.refused(Entries.refusal(payload, names), base | next);
                default -> {}
              }
            });
    if (!segments.isCurrent(segment) && segment.isRead(end)) {
      var after = segments.after(segment.number());
      if (after != null) {
        return after << 32;
      }
    }
    return base | end;
  }

  /** Deletes what is before a position, which the ledger has taken over whole. */
  void shipped(long position) {
    segments.deleteBefore(position >>> 32);
  }

  /** Whether requests are refused because no segment is free. */
  public boolean isFull() {
    return segments.isFull();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      flushRefusals(Long.MAX_VALUE);
      LockSupport.unpark(housekeeper);
      try {
        housekeeper.join(5000);
        writeEnds();
        if (!unwritten.isEmpty()) {
          LOG.error(
              "{} requests are taken as broken off, since no room was left to write their end",
              unwritten.size());
        }
        segments.forceAll();
        directory.close();
      } catch (IOException e) {
        LOG.warn("The usage log did not close cleanly", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
