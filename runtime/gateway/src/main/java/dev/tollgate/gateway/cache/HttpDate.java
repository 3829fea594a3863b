package dev.tollgate.gateway.cache;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Dates in the three forms that HTTP has had (RFC 9110, 5.6.7). The name of the day says nothing
 * that the date does not, and is passed over.
 */
final class HttpDate {

  private static final DateTimeFormatter FIXDATE =
      form().appendPattern("dd MMM uuuu HH:mm:ss 'GMT'").toFormatter(Locale.ROOT);
  private static final DateTimeFormatter RFC_850 =
      form()
          .appendPattern("dd-MMM-")
          .appendValueReduced(ChronoField.YEAR, 2, 2, 2000)
          .appendPattern(" HH:mm:ss 'GMT'")
          .toFormatter(Locale.ROOT);
  private static final DateTimeFormatter ASCTIME =
      form().appendPattern("MMM ppd HH:mm:ss uuuu").toFormatter(Locale.ROOT);

  private HttpDate() {}

  private static DateTimeFormatterBuilder form() {
    return new DateTimeFormatterBuilder().parseCaseInsensitive();
  }

  /** Milliseconds since the epoch; null where it is none. */
  static @Nullable Long millis(@Nullable String text) {
    if (text == null) {
      return null;
    }
    var comma = text.indexOf(", ");
    var date = text.substring(comma < 0 ? text.indexOf(' ') + 1 : comma + 2);
    var form = comma < 0 ? ASCTIME : date.indexOf('-') < 0 ? FIXDATE : RFC_850;
    try {
      var at = LocalDateTime.parse(date, form).atOffset(ZoneOffset.UTC);
      // a year of two digits is at most fifty years ahead
      var past = form == RFC_850 && at.isAfter(OffsetDateTime.now(ZoneOffset.UTC).plusYears(50));
      return (past ? at.minusYears(100) : at).toInstant().toEpochMilli();
    } catch (DateTimeException malformed) {
      return null;
    }
  }
}
