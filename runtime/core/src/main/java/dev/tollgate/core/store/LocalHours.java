package dev.tollgate.core.store;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * The hours that usage is summed by. They are those of the tenant's clock, so that each is of one
 * day also where a zone is a part of an hour off; an hour's number is that of the UTC hour in which
 * it begins, counted from the epoch.
 */
final class LocalHours {

  private static final int SECONDS = 3600;

  private LocalHours() {}

  static long of(long millis, ZoneId zone) {
    var at = Instant.ofEpochMilli(millis);
    return Math.floorDiv(at.getEpochSecond() - late(at, zone), SECONDS);
  }

  static LocalDate day(long hour, ZoneId zone) {
    var at = Instant.ofEpochSecond(hour * SECONDS);
    return at.plusSeconds(late(at, zone)).atZone(zone).toLocalDate();
  }

  /** Seconds from the beginning of an hour in UTC to that of one in the zone. */
  private static int late(Instant at, ZoneId zone) {
    return Math.floorMod(-zone.getRules().getOffset(at).getTotalSeconds(), SECONDS);
  }
}
