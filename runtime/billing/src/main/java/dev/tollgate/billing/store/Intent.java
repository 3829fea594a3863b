package dev.tollgate.billing.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An effect in the engine that was noted before it was asked for.
 *
 * @param id of the effect, for the tenant
 * @param body all its parameters, as JSON; never changed
 * @param attempt grows when a key of an earlier one can no longer be used
 * @param begun when the key was first used
 * @param externalId what the engine calls what it made, once that is known
 */
public record Intent(
    String tenantId,
    String id,
    String body,
    int attempt,
    Instant begun,
    @Nullable String externalId,
    boolean done) {

  /** The key under which the engine does it once. */
  public String key() {
    return "tollgate/" + tenantId + "/" + id + "/" + attempt;
  }

  /** The parameters. */
  public <T> T body(Class<T> type) {
    return BillingStore.value(body, type);
  }
}
