package dev.tollgate.billing.stripe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.stripe.exception.SignatureVerificationException;
import com.stripe.net.Webhook;
import dev.tollgate.billing.engine.Notice;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads events that Stripe posts, when one of the live secrets has signed them within the tolerance
 * (https://docs.stripe.com/webhooks#verify-manually). Two secrets are live while one replaces the
 * other.
 */
public final class StripeWebhook {

  private static final long TOLERANCE_SECONDS = 300;

  /** Told of invoices that cannot be asked for: not made yet, or drafts that were deleted. */
  private static final Set<String> NOT_THERE = Set.of("invoice.upcoming", "invoice.deleted");

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Supplier<List<String>> secrets;
  private final Clock clock;

  /**
   * @param secrets asked for each event, since they may be rotated
   */
  public StripeWebhook(Supplier<List<String>> secrets, Clock clock) {
    this.secrets = secrets;
    this.clock = clock;
  }

  /** A body that a live secret signed, and that is no event. */
  public static final class NoEvent extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoEvent(@Nullable Throwable cause) {
      super("the body is no event", cause);
    }
  }

  /**
   * The event; empty when no live secret signed this body now.
   *
   * @param signature the header {@code Stripe-Signature}
   * @throws NoEvent when one did, and it is no event
   */
  public Optional<Notice> read(byte[] body, String signature) {
    var payload = new String(body, StandardCharsets.UTF_8);
    for (var secret : secrets.get()) {
      if (signedBy(secret, payload, signature)) {
        return Optional.of(notice(payload));
      }
    }
    return Optional.empty();
  }

  private boolean signedBy(String secret, String payload, String signature) {
    try {
      return Webhook.Signature.verifyHeader(payload, signature, secret, TOLERANCE_SECONDS, clock);
    } catch (SignatureVerificationException | NumberFormatException notBySecret) {
      return false;
    }
  }

  private static Notice notice(String payload) {
    try {
      var event = JSON.readTree(payload);
      var id = event.path("id").asText();
      var type = event.path("type").asText();
      if (id.isEmpty() || type.isEmpty()) {
        throw new NoEvent(null);
      }
      return new Notice(id, type, subject(type, event.path("data").path("object")));
    } catch (JsonProcessingException notJson) {
      throw new NoEvent(notJson);
    }
  }

  private static Notice.Subject subject(String type, JsonNode object) {
    var id = object.path("id").asText();
    if (id.isEmpty() || NOT_THERE.contains(type)) {
      return new Notice.Subject.Other();
    }
    if (type.startsWith("invoice.") && object.path("object").asText().equals("invoice")) {
      return new Notice.Subject.Invoice(id);
    }
    if (type.startsWith("charge.dispute.")) {
      return new Notice.Subject.Dispute(id);
    }
    if (type.equals("charge.refunded")) {
      return new Notice.Subject.Charge(id);
    }
    if (type.startsWith("refund.")) {
      return new Notice.Subject.Refund(id);
    }
    return type.equals("checkout.session.completed")
        ? new Notice.Subject.Checkout(id)
        : new Notice.Subject.Other();
  }
}
