package dev.tollgate.crd.resolve.route;

import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.model.DisconnectMode;
import dev.tollgate.crd.model.OnDisconnect;
import dev.tollgate.crd.value.Durations;
import dev.tollgate.crd.view.DisconnectView;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a plan or a model route says of callers who hang up. */
public final class DisconnectResolution {
  private static final Duration USUAL = Duration.ofSeconds(2);
  private static final Duration LEAST = Duration.ofMillis(1);
  private static final Duration MOST = Duration.ofHours(1);

  private DisconnectResolution() {}

  /** What is given, or the usual where nothing is. */
  public static DisconnectView resolve(@Nullable OnDisconnect given, Findings to) {
    if (given == null) {
      return new DisconnectView(false, USUAL);
    }
    String path = "spec.onDisconnect.atMost";
    boolean drain = given.mode() == DisconnectMode.Drain;
    Duration atMost = Durations.read(given.atMost(), USUAL, LEAST, MOST, path, to);
    if (given.atMost() != null && !drain) {
      to.refuse(
          "DrainBoundWithoutDrain",
          path,
          "atMost bounds mode Drain, and the mode is Cancel; set mode: Drain or remove atMost");
    }
    return new DisconnectView(drain, atMost);
  }
}
