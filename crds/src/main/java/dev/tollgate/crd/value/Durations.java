package dev.tollgate.crd.value;

import dev.tollgate.crd.finding.Findings;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations as GEP-2257 writes them: one to four of h, m, s and ms, such as 1m30s or 1200ms. */
public final class Durations {
  private static final Pattern WHOLE = Pattern.compile("([0-9]{1,5}(h|m|s|ms)){1,4}");
  private static final Pattern PART = Pattern.compile("([0-9]{1,5})(ms|h|m|s)");

  private Durations() {}

  /** Parses; null when it is not a GEP-2257 duration. */
  private static @Nullable Duration parse(String text) {
    if (!WHOLE.matcher(text).matches()) {
      return null;
    }
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      long count = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "h" -> Duration.ofHours(count);
                case "m" -> Duration.ofMinutes(count);
                case "s" -> Duration.ofSeconds(count);
                default -> Duration.ofMillis(count);
              });
    }
    return sum;
  }

  /** A duration of {@code min} to {@code max}, or {@code fallback} when absent or wrong. */
  public static Duration read(
      @Nullable String text,
      Duration fallback,
      Duration min,
      Duration max,
      String path,
      Findings to) {
    if (text == null) {
      return fallback;
    }
    Duration read = parse(text);
    if (read == null) {
      to.refuse(
          "BadDuration",
          path,
          "'" + text + "' is not a duration; write it like 300ms, 90s or 1m30s");
      return fallback;
    }
    if (read.compareTo(min) < 0 || read.compareTo(max) > 0) {
      to.refuse(
          "DurationOutOfRange",
          path,
          text + " is out of range; choose from " + show(min) + " to " + show(max));
      return fallback;
    }
    return read;
  }

  private static String show(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 3_600_000 == 0) {
      return millis / 3_600_000 + "h";
    }
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }
}
