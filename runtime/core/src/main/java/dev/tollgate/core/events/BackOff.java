package dev.tollgate.core.events;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How long a receiver that did not take an event is left alone: longer each time, for a day. */
final class BackOff {

  private static final List<Duration> PAUSES =
      List.of(
          Duration.ofSeconds(5),
          Duration.ofMinutes(1),
          Duration.ofMinutes(5),
          Duration.ofMinutes(30),
          Duration.ofHours(2),
          Duration.ofHours(5),
          Duration.ofHours(8),
          Duration.ofHours(8).plusMinutes(30));

  private BackOff() {}

  /**
   * The pause after so many attempts; null when it was the last.
   *
   * @param attempts at least 1
   */
  static @Nullable Duration after(int attempts) {
    return attempts <= PAUSES.size() ? PAUSES.get(attempts - 1) : null;
  }
}
