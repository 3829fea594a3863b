package dev.tollgate.core.access;

import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Forgets keys that were revoked, or expired, a while ago. */
public final class EndedKeys {

  private static final Logger LOG = LoggerFactory.getLogger(EndedKeys.class);
  private static final int AT_ONCE = 500;
  private static final Duration LEAST = Duration.ofDays(1);

  private final KeyStore store;
  private final Duration kept;
  private final InstantSource clock;

  /**
   * @param kept how long a key is listed after it has ended
   */
  public EndedKeys(KeyStore store, Duration kept, InstantSource clock) {
    if (kept.compareTo(LEAST) < 0) {
      throw new IllegalArgumentException(
          "tollgate.keys.kept is how long keys that ended are listed, and at least a day (1d); it"
              + " is "
              + kept);
    }
    this.store = store;
    this.kept = kept;
    this.clock = clock;
  }

  /** Deletes those whose time is over, in small steps. What fails is done by a later call. */
  public void forget() {
    try {
      int count;
      do {
        var now = clock.instant();
        count = store.forget(now, now.minus(kept), AT_ONCE);
      } while (count == AT_ONCE);
    } catch (RuntimeException e) {
      LOG.warn("{}; it is tried again in an hour", e.getMessage());
    }
  }
}
