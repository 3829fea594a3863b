package dev.tollgate.core.metering;

import dev.tollgate.core.Seldom;
import dev.tollgate.core.store.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The usage log as memory-mapped segment files in one directory, which one process at a time owns.
 * Any thread appends, without a lock but when a segment is full. What has been appended is in the
 * page cache, so it survives {@code kill -9} of this process at once, and the loss of the machine
 * after it has been forced to disk.
 */
public final class MappedUsageLog implements UsageLog {

  private static final Logger LOG = LoggerFactory.getLogger(MappedUsageLog.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long RETRY_NANOS = 1_000_000_000L;
  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

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

  private final Path directory;
  private final Sizes sizes;
  private final String id;
  private final FileChannel lockFile;
  private final FileLock lock;
  private final ConcurrentSkipListMap<Long, LogSegment> segments = new ConcurrentSkipListMap<>();
  private final AtomicReference<@Nullable LogSegment> spare = new AtomicReference<>();
  private final Map<Refusal, Long> refusals = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread housekeeper;
  private volatile LogSegment current;
  private final Names names = new Names();
  private volatile boolean full;

  /** The housekeeper's: the first segment that may hold what is not on the disk yet. */
  private long forcedFrom;

  private volatile long createAt = System.nanoTime();
  private final Seldom noRoom = new Seldom();
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
    this.directory = directory;
    this.sizes = sizes;
    lockFile = lockFile(directory);
    lock = lock(directory, lockFile);
    try {
      id = identity(directory);
      var last = existing(directory);
      var left = readLeft();
      current = first(last + 1);
      end(left);
    } catch (IOException | RuntimeException e) {
      segments.values().forEach(LogSegment::close);
      lockFile.close();
      throw e;
    }
    housekeeper = Thread.ofPlatform().daemon().name("usage-log").start(this::keepHouse);
  }

  /** Takes the segments that are there; the number of the last one, 0 without any. */
  private long existing(Path directory) throws IOException {
    long last = 0;
    try (var files = Files.newDirectoryStream(directory, "*.segment")) {
      for (var file : files) {
        var number = Long.parseLong(file.getFileName().toString().replace(".segment", ""), 16);
        segments.put(number, LogSegment.existing(file, number));
        last = Math.max(last, number);
      }
    }
    return last;
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
    try (var file = lockFile(directory)) {
      lock(directory, file).release();
    }
  }

  private static FileChannel lockFile(Path directory) throws IOException {
    PrivateFiles.newDirectory(directory);
    return FileChannel.open(
        directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private static FileLock lock(Path directory, FileChannel file) throws IOException {
    try {
      var lock = file.tryLock();
      if (lock != null) {
        return lock;
      }
    } catch (OverlappingFileLockException e) {
      LOG.debug("locked by this process", e);
    }
    file.close();
    throw new IOException("another process uses " + directory + "; stop it, or name another");
  }

  private static String identity(Path directory) throws IOException {
    var file = directory.resolve("id");
    if (!Files.exists(file)) {
      var bytes = new byte[16];
      RANDOM.nextBytes(bytes);
      PrivateFiles.write(file, HexFormat.of().formatHex(bytes));
    }
    var id = Files.readString(file).strip();
    if (!ID.matcher(id).matches()) {
      throw new IOException(
          file
              + " does not name the log; delete it, and the segments beside it, if it was never"
              + " used");
    }
    return id;
  }

  /** Names this log in the ledger. */
  public String id() {
    return id;
  }

  /**
   * The segment to begin with. Where the disk is full it is one that an earlier process left, to
   * which nothing is written: what is there must be shipped before there is room again.
   */
  private LogSegment first(long number) throws IOException {
    try {
      var fresh = create(number);
      segments.put(number, fresh);
      return fresh;
    } catch (IOException e) {
      if (segments.isEmpty()) {
        throw e;
      }
      LOG.error("No segment of the usage log can be made, refusing requests until one can", e);
      full = true;
      return segments.lastEntry().getValue();
    }
  }

  /** A request that was under way when the last process died, and where its open entry is. */
  private record Left(Opening opening, LogSegment home) {}

  /** What an earlier process left open, as records of what was used when that was last noted. */
  private List<Unwritten> readLeft() throws IOException {
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
    if (full || closed.get()) {
      return Optional.empty();
    }
    var request = nextId(opening.startedMillis());
    var home = appendOpen(Entries.open(request, opening));
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
      if (home == current) {
        append(Entries.checkpoint(request, amounts, call));
        return;
      }
      // opened anew in a newer segment, so that the older ones can go
      var next = appendOpen(Entries.open(request, opening));
      if (next != null) {
        var noted = append(Entries.checkpoint(request, amounts, call)) != null;
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
    if (append(Entries.close(record)) == null) {
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
    return append(Entries.refused(entry)) != null;
  }

  /** The segment that took the entry, or null when there is no room left at all. */
  private @Nullable LogSegment append(ByteBuffer payload) {
    return append(payload, false);
  }

  /** The same of an open entry, which holds its segment from before it is there. */
  private @Nullable LogSegment appendOpen(ByteBuffer payload) {
    return append(payload, true);
  }

  private @Nullable LogSegment append(ByteBuffer payload, boolean opens) {
    while (true) {
      var segment = current;
      if (opens) {
        segment.opened();
      }
      if (segment.append(payload)) {
        return segment;
      }
      if (opens) {
        segment.closed();
      }
      if (!roll(segment)) {
        return null;
      }
    }
  }

  private synchronized boolean roll(LogSegment old) {
    if (current != old) {
      return true;
    }
    if (segments.size() >= sizes.maxSegments()) {
      full = true;
      return false;
    }
    var next = spare.getAndSet(null);
    try {
      if (next == null) {
        next = create(old.number() + 1);
      }
    } catch (IOException e) {
      if (noRoom.now()) {
        LOG.error("No further segment of the usage log can be made, refusing requests", e);
      }
      full = true;
      return false;
    }
    segments.put(next.number(), next);
    current = next;
    return true;
  }

  /** Not more than once a second where it fails: it writes all that there is room for. */
  private LogSegment create(long number) throws IOException {
    if (!mayCreate()) {
      throw new IOException("there was no room for a segment a moment ago");
    }
    try {
      return LogSegment.create(
          directory.resolve("%016x.segment".formatted(number)), number, sizes.segmentBytes());
    } catch (IOException e) {
      createAt = System.nanoTime() + RETRY_NANOS;
      throw e;
    }
  }

  private boolean mayCreate() {
    return System.nanoTime() - createAt >= 0;
  }

  private void keepHouse() {
    var forced = System.nanoTime();
    while (!closed.get()) {
      LockSupport.parkNanos(50_000_000L);
      try {
        flushRefusals(System.currentTimeMillis() / 1000);
        prepare();
        writeEnds();
        if (sizes.forceMillis() > 0
            && System.nanoTime() - forced > sizes.forceMillis() * 1_000_000L) {
          force();
          forced = System.nanoTime();
        }
      } catch (IOException | RuntimeException e) {
        if (unkept.now()) {
          LOG.warn("Housekeeping of the usage log failed, it is tried again", e);
        }
      }
    }
  }

  /** What was written since the last time, also to segments that were filled meanwhile. */
  private void force() {
    var last = current.number();
    segments.subMap(forcedFrom, true, last, true).values().forEach(LogSegment::force);
    forcedFrom = last;
  }

  private void prepare() throws IOException {
    if (segments.size() >= sizes.maxSegments()) {
      return;
    }
    if (spare.get() == null && mayCreate()) {
      synchronized (this) {
        spare.set(create(current.number() + 1));
      }
    }
    if (full && spare.get() != null) {
      full = false;
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
    var segment = number == 0 ? segments.firstEntry().getValue() : segments.get(number);
    if (segment == null) {
      var after = segments.higherEntry(number);
      return after == null ? from : after.getKey() << 32;
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
    if (segment != current && segment.isRead(end)) {
      var after = segments.higherKey(segment.number());
      if (after != null) {
        return after << 32;
      }
    }
    return base | end;
  }

  /**
   * Deletes segments before a position that the ledger has taken over whole, in their order: of a
   * request whose open entry stays, so do its checkpoints and its end.
   */
  void shipped(long position) {
    for (var segment : List.copyOf(segments.headMap(position >>> 32).values())) {
      if (segment.open() != 0) {
        return;
      }
      try {
        segments.remove(segment.number());
        segment.delete();
      } catch (IOException e) {
        LOG.warn("Segment {} could not be deleted", segment.number(), e);
      }
    }
  }

  /** Whether requests are refused because no segment is free. */
  public boolean isFull() {
    return full;
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
        for (var segment : segments.values()) {
          segment.force();
        }
        lock.release();
        lockFile.close();
      } catch (IOException e) {
        LOG.warn("The usage log did not close cleanly", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
