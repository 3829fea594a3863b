package dev.tollgate.app.api;

import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.stripe.StripeWebhook;
import dev.tollgate.billing.work.LiveBilling;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.io.IOException;
import java.util.Optional;

/**
 * Where Stripe posts its events. Open to everybody, so nothing is done before the signature is
 * right, and a body has a small bound of its own. An answer that is not 2xx makes Stripe post the
 * event again, for days.
 */
@Controller("/billing/stripe/webhook")
@ExecuteOn(TaskExecutors.BLOCKING)
final class StripeWebhookController {

  /** Events of large invoices have some tens of kilobytes. */
  private static final int MAX_BYTES = 512 * 1024;

  private final LiveBilling billing;

  StripeWebhookController(LiveBilling billing) {
    this.billing = billing;
  }

  @Post
  HttpResponse<?> take(HttpRequest<?> request) throws IOException {
    var live = billing.now().orElse(null);
    if (live == null) {
      return ProblemResponses.of(
          Problem.of(
              404, "no-billing-provider", "No billing provider", "No provider is set up here."),
          "");
    }
    byte[] body;
    try (var in = ((ServerHttpRequest<?>) request).byteBody().toInputStream()) {
      body = in.readNBytes(MAX_BYTES + 1);
    }
    if (body.length > MAX_BYTES) {
      return ProblemResponses.of(
          Problem.of(
              413, "too-large", "Too large", "An event has at most " + MAX_BYTES + " bytes."),
          "");
    }
    var signature = request.getHeaders().get("Stripe-Signature");
    Optional<Notice> notice;
    try {
      notice = live.webhook().read(body, signature == null ? "" : signature);
    } catch (StripeWebhook.NoEvent e) {
      return ProblemResponses.of(
          Problem.of(
              400,
              "bad-event",
              "Not an event",
              "The signature is right, and the body is not the JSON of an event of Stripe with an"
                  + " id and a type; see what was sent in Stripe's dashboard."),
          "");
    }
    if (notice.isEmpty()) {
      return ProblemResponses.of(
          Problem.of(
              400,
              "bad-signature",
              "Bad signature",
              "Stripe-Signature is not that of a live secret over this body, or older than five"
                  + " minutes."),
          "");
    }
    live.billing().notices().take(notice.get(), live.rules().graceDays());
    return HttpResponse.noContent();
  }
}
