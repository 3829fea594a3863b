package dev.tollgate.core.metering;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Billing cycles: calendar months in the tenant's zone. */
public final class Cycle {

  private record Window(long from, long to, String id) {}

  /** Characters of an id. */
  private static final int LENGTH = 10;

  private static final Map<ZoneId, Window> CURRENT = new ConcurrentHashMap<>();

  private Cycle() {}

  /** First day of the cycle that holds a moment, such as {@code 2026-11-01}. */
  public static String at(long millis, ZoneId zone) {
    var window = CURRENT.get(zone);
    if (window == null || millis < window.from() || millis >= window.to()) {
      var first = Instant.ofEpochMilli(millis).atZone(zone).toLocalDate().withDayOfMonth(1);
      window = new Window(start(first, zone), start(first.plusMonths(1), zone), first.toString());
      CURRENT.put(zone, window);
    }
    return window.id();
  }

  /** Whether a text names a cycle that runs at a moment, or is over then. */
  public static boolean isBegun(String cycle, long millis, ZoneId zone) {
    try {
      var first = LocalDate.parse(cycle);
      return cycle.length() == LENGTH && first.getDayOfMonth() == 1 && start(first, zone) <= millis;
    } catch (DateTimeException noDate) {
      return false;
    }
  }

  /** When the cycle begins. */
  public static Instant start(String cycle, ZoneId zone) {
    return Instant.ofEpochMilli(window(cycle, zone).from());
  }

  /** When the cycle ends and the next begins. */
  public static Instant end(String cycle, ZoneId zone) {
    return Instant.ofEpochMilli(window(cycle, zone).to());
  }

  private static Window window(String cycle, ZoneId zone) {
    var current = CURRENT.get(zone);
    if (current != null && current.id().equals(cycle)) {
      return current;
    }
    var first = LocalDate.parse(cycle);
    return new Window(start(first, zone), start(first.plusMonths(1), zone), cycle);
  }

  private static long start(LocalDate day, ZoneId zone) {
    return day.atStartOfDay(zone).toInstant().toEpochMilli();
  }
}
