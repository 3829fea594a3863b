package dev.tollgate.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.core.store.UsageReader;
import dev.tollgate.crd.plan.OverageMode;
import dev.tollgate.crd.view.MeterView;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What {@code GET /v1/usage} says of a meter. */
class UsageViewTest {

  private static final Instant AT = Instant.parse("2026-11-20T10:00:00Z");

  private static List<UsageView.Alert> alerts(long toldOf) {
    var sold = new MeterView("requests", 1_000, OverageMode.Block, List.of(), List.of(80, 100));
    var told = new UsageReader.Alert("2026-11-01", "requests", 80, toldOf, AT);
    return Objects.requireNonNull(
        UsageView.Meter.of("requests", 900, sold, List.of(told)).alerts());
  }

  @Test
  void aThresholdHasTheTimeAtWhichItWasToldOfThePresentQuantity() {
    assertThat(alerts(1_000)).containsExactly(new UsageView.Alert(80, AT.toString()));
    assertThat(alerts(500)).containsExactly(new UsageView.Alert(80, null));
  }

  @Test
  void oneThatWasToldBeforeQuantitiesWereNotedHasItsTimeToo() {
    assertThat(alerts(-1)).containsExactly(new UsageView.Alert(80, AT.toString()));
  }
}
