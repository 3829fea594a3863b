package dev.tollgate.gateway.cache;

/**
 * How old an answer is, and until when it may be used without asking its backend (RFC 9111, 4.2).
 *
 * @param bornMillis when the answer was made at its origin, by its age (4.2.3)
 * @param freshMillis how long it is fresh from then on
 * @param staleIfErrorMillis how long after that it may stand in for a failing backend (RFC 5861)
 * @param revalidate whether it may never be used stale, or without asking the backend at all
 */
public record Freshness(
    long bornMillis, long freshMillis, long staleIfErrorMillis, Revalidate revalidate) {

  /** When the backend must be asked again. */
  public enum Revalidate {
    WHEN_UNHAPPY,
    WHEN_STALE,
    ALWAYS
  }

  /**
   * @param control of the answer
   * @param askedMillis when it was asked for
   * @param defaultFresh how long it is fresh where it does not say so, in milliseconds
   */
  static Freshness of(
      CacheControl control,
      ResponseCache.Headers answer,
      long askedMillis,
      long nowMillis,
      long defaultFresh) {
    return new Freshness(
        born(answer, askedMillis, nowMillis),
        fresh(control, answer, nowMillis, defaultFresh),
        control.seconds("stale-if-error", 0) * 1000,
        revalidate(control));
  }

  private static long born(ResponseCache.Headers answer, long askedMillis, long now) {
    var date = HttpDate.millis(answer.first("Date"));
    var apparent = date == null ? 0 : Math.max(0, now - date);
    return now - Math.max(apparent, statedAge(answer) * 1000 + (now - askedMillis));
  }

  /** The first where there are several (RFC 9111, 5.1). */
  private static long statedAge(ResponseCache.Headers answer) {
    var stated = answer.first("Age");
    return stated == null ? 0 : CacheControl.delta(stated.split(",", 2)[0].strip(), 0);
  }

  private static long fresh(
      CacheControl control, ResponseCache.Headers answer, long now, long defaultFresh) {
    var shared = control.seconds("s-maxage", -1);
    if (shared >= 0) {
      return shared * 1000;
    }
    var max = control.seconds("max-age", -1);
    if (max >= 0) {
      return max * 1000;
    }
    var expires = answer.first("Expires");
    if (expires == null) {
      return defaultFresh;
    }
    var at = HttpDate.millis(expires);
    var date = HttpDate.millis(answer.first("Date"));
    return at == null ? 0 : Math.max(0, at - (date == null ? now : date));
  }

  private static Revalidate revalidate(CacheControl control) {
    if (control.has("no-cache")) {
      return Revalidate.ALWAYS;
    }
    return control.has("must-revalidate")
            || control.has("proxy-revalidate")
            || control.has("s-maxage")
        ? Revalidate.WHEN_STALE
        : Revalidate.WHEN_UNHAPPY;
  }

  /** Seconds since it was made, for the header {@code Age}. */
  public long ageSeconds(long nowMillis) {
    return Math.max(0, nowMillis - bornMillis) / 1000;
  }

  /** Whether it may be served while the backend fails. */
  public boolean usableOnError(long nowMillis) {
    return revalidate == Revalidate.WHEN_UNHAPPY
        && nowMillis - bornMillis < freshMillis + staleIfErrorMillis;
  }

  /** Whether it is fresh enough, or not too stale, for who asks so. */
  boolean satisfies(CacheControl request, long nowMillis) {
    if (request.has("no-cache")
        || ageSeconds(nowMillis) > request.seconds("max-age", Long.MAX_VALUE)) {
      return false;
    }
    var left = bornMillis + freshMillis - nowMillis;
    if (left > 0 && revalidate != Revalidate.ALWAYS) {
      return left >= request.seconds("min-fresh", 0) * 1000;
    }
    return request.has("max-stale")
        && revalidate == Revalidate.WHEN_UNHAPPY
        && -left <= maxStale(request) * 1000;
  }

  private static long maxStale(CacheControl request) {
    return request.bare("max-stale") ? Integer.MAX_VALUE : request.seconds("max-stale", 0);
  }
}
