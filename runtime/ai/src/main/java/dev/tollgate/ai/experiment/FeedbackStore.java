package dev.tollgate.ai.experiment;

import dev.tollgate.core.store.StoreException;
import dev.tollgate.core.store.TenantScope;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Map;

/** What tenants say of their calls, next to the calls in their shard. */
@Singleton
public final class FeedbackStore {

  private final TenantScope tenants;
  private final FeedbackRows rows;
  private final InstantSource clock = InstantSource.system();

  FeedbackStore(TenantScope tenants, FeedbackRows rows) {
    this.tenants = tenants;
    this.rows = rows;
  }

  /**
   * Keeps what was said of a call, all of it or none; said again, the last word counts.
   *
   * @param values by metric: score, accuracy, label
   * @return false when the tenant has no such call, or it is not in the ledger yet
   * @throws StoreException when the shard does not answer
   */
  public boolean put(String tenantId, String callId, Map<String, String> values) {
    var at = clock.millis();
    var said =
        values.entrySet().stream()
            .map(value -> new FeedbackRow(tenantId, callId, value.getKey(), value.getValue(), at))
            .toList();
    return tenants.of(
        tenantId,
        "feedback of tenant " + tenantId + " was not kept",
        () -> {
          // a call stays in the ledger once it is there
          if (rows.calls(tenantId, callId) == 0) {
            return false;
          }
          rows.putAll(said);
          return true;
        });
  }
}
