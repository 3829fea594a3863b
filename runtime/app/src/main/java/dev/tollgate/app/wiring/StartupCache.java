package dev.tollgate.app.wiring;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ahead-of-time cache of classes, all of which is read at the start, parts of it by the
 * compiler while it is at work, and little of it ever after. What is read-only in it is given back
 * to the system (Linux) now and then, which brings back what is wanted after all from its own cache
 * of files, a few pages at a time.
 */
final class StartupCache {

  private static final Logger LOG = LoggerFactory.getLogger(StartupCache.class);
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");
  private static final int DONT_NEED = 4; // MADV_DONTNEED

  /** The first line of a private, read-only mapping of a cache: its addresses. */
  private static final Pattern READ_ONLY_CACHE =
      Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r--p .*\\.aot");

  /** What can be given back; null until it has been looked for. */
  private @Nullable List<Mapping> clean;

  /**
   * Memory that holds what a file holds.
   *
   * @param address of its first byte
   * @param bytes its length
   */
  record Mapping(long address, long bytes) {}

  /** Gives back what it can; without a cache, or elsewhere than on Linux, nothing. */
  void release() {
    if (clean == null) {
      clean = find();
    }
    release(clean);
  }

  private static List<Mapping> find() {
    try {
      return Files.exists(MAPPINGS) ? clean(Files.readAllLines(MAPPINGS)) : List.of();
    } catch (IOException e) {
      LOG.debug("The start-up cache stays in memory", e);
      return List.of();
    }
  }

  @SuppressWarnings("restricted") // a clean mapping loses nothing by it
  private static void release(List<Mapping> mappings) {
    if (mappings.isEmpty()) {
      return;
    }
    var linker = Linker.nativeLinker();
    var madvise =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("madvise"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    for (var mapping : mappings) {
      try {
        var _ =
            (int)
                madvise.invokeExact(
                    MemorySegment.ofAddress(mapping.address), mapping.bytes, DONT_NEED);
      } catch (Throwable e) {
        throw new LinkageError("madvise", e);
      }
    }
  }

  /**
   * The read-only mappings of a cache that were never written to. (Where a cache had to be moved to
   * another address, its pages were changed, and are nowhere else.)
   *
   * @param lines as in {@code smaps}
   */
  static List<Mapping> clean(List<String> lines) {
    var clean = new ArrayList<Mapping>();
    Mapping current = null;
    for (var line : lines) {
      var cache = READ_ONLY_CACHE.matcher(line);
      if (cache.matches()) {
        var from = HexFormat.fromHexDigitsToLong(cache.group(1));
        current = new Mapping(from, HexFormat.fromHexDigitsToLong(cache.group(2)) - from);
      } else if (current != null && line.startsWith("Anonymous:")) {
        if (line.endsWith(" 0 kB")) {
          clean.add(current);
        }
        current = null;
      }
    }
    return clean;
  }
}
