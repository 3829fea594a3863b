package dev.tollgate.billing.store;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
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

  /** The key under which the engine does it once, in the letters that a header can have. */
  public String key() {
    return "tollgate/" + tenantId + "/" + ascii(id) + "/" + attempt;
  }

  private static String ascii(String text) {
    if (text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      return text;
    }
    // not longer than others, since engines take no long ones
    return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /** The parameters. */
  public <T> T body(Class<T> type) {
    return BillingStore.value(body, type);
  }
}
