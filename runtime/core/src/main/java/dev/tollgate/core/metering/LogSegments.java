package dev.tollgate.core.metering;

import dev.tollgate.core.Seldom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments of a usage log in their order: the last one is written to until it is full, then the
 * next one, which is made in advance. Any thread appends, without a lock but when a segment is
 * full.
 */
final class LogSegments {

  private static final Logger LOG = LoggerFactory.getLogger(LogSegments.class);
  private static final long RETRY_NANOS = 1_000_000_000L;

  private final Path directory;
  private final MappedUsageLog.Sizes sizes;
  private final ConcurrentSkipListMap<Long, LogSegment> segments;
  private final AtomicReference<@Nullable LogSegment> spare = new AtomicReference<>();
  private final Seldom noRoom = new Seldom();
  private volatile LogSegment current;
  private volatile boolean full;
  private volatile long createAt = System.nanoTime();

  /** The housekeeper's: the first segment that may hold what is not on the disk yet. */
  private long forcedFrom;

  /**
   * Goes on behind those of an earlier process.
   *
   * @param segments that are there and are read only
   * @param next the number of the first one to be made
   */
  LogSegments(
      Path directory,
      MappedUsageLog.Sizes sizes,
      ConcurrentSkipListMap<Long, LogSegment> segments,
      long next)
      throws IOException {
    this.directory = directory;
    this.sizes = sizes;
    this.segments = segments;
    current = first(next);
  }

  /** Adds the segments of a directory; returns the number of the last one, 0 without any. */
  static long existing(Path directory, ConcurrentSkipListMap<Long, LogSegment> segments)
      throws IOException {
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

  /** The segment that took the entry, or null when there is no room left at all. */
  @Nullable LogSegment append(ByteBuffer payload) {
    return append(payload, false);
  }

  /** The same of an open entry, which holds its segment from before it is there. */
  @Nullable LogSegment appendOpen(ByteBuffer payload) {
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

  /** Makes the next segment in advance; requests are admitted again where there is one. */
  void prepare() throws IOException {
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

  /** What was written since the last time, also to segments that were filled meanwhile. */
  void force() {
    var last = current.number();
    segments.subMap(forcedFrom, true, last, true).values().forEach(LogSegment::force);
    forcedFrom = last;
  }

  void forceAll() {
    segments.values().forEach(LogSegment::force);
  }

  /**
   * Deletes those before a number, in their order, up to one whose requests have not all ended: of
   * a request whose open entry stays, so do its checkpoints and its end.
   */
  void deleteBefore(long number) {
    for (var segment : List.copyOf(segments.headMap(number).values())) {
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

  /** The first one, for 0, or that of a number, if it is still there. */
  @Nullable LogSegment get(long number) {
    return number == 0 ? segments.firstEntry().getValue() : segments.get(number);
  }

  /** The number of the one that follows, if there is one. */
  @Nullable Long after(long number) {
    return segments.higherKey(number);
  }

  /** Whether it is the one that is written to. */
  boolean isCurrent(LogSegment segment) {
    return segment == current;
  }

  /** Whether nothing can be admitted, since no segment is free. */
  boolean isFull() {
    return full;
  }
}
