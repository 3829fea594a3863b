package dev.tollgate.billing.stripe;

import com.stripe.StripeClient;
import com.stripe.exception.StripeException;
import com.stripe.param.checkout.SessionCreateParams;
import com.stripe.param.checkout.SessionListParams;
import dev.tollgate.billing.engine.PaymentMethod;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Stripe's pages for customers, and what was left there. */
final class StripeCheckout {

  private static final long PAGE = 100;

  private final StripeCalls calls;

  StripeCheckout(StripeCalls calls) {
    this.calls = calls;
  }

  URI checkout(String customer, String currency, URI success, URI cancel) {
    var params =
        SessionCreateParams.builder()
            .setMode(SessionCreateParams.Mode.SETUP)
            .setCustomer(customer)
            .setCurrency(currency.toLowerCase(Locale.ROOT))
            .setSuccessUrl(success.toString())
            .setCancelUrl(cancel.toString())
            .build();
    return URI.create(
        calls.ask(
            "checkout of customer " + customer,
            c -> c.v1().checkout().sessions().create(params).getUrl()));
  }

  URI portal(String customer, URI back) {
    var params =
        com.stripe.param.billingportal.SessionCreateParams.builder()
            .setCustomer(customer)
            .setReturnUrl(back.toString())
            .build();
    return URI.create(
        calls.ask(
            "portal of customer " + customer,
            c -> c.v1().billingPortal().sessions().create(params).getUrl()));
  }

  Optional<PaymentMethod> paymentMethod(String checkout) {
    return calls.ask(
        "checkout " + checkout,
        c -> {
          var customer = c.v1().checkout().sessions().retrieve(checkout).getCustomer();
          var last = customer == null ? null : last(c, customer);
          return last == null
              ? Optional.empty()
              : Optional.of(new PaymentMethod(customer, last.getId()));
        });
  }

  /** What a customer left last, at whichever checkout. */
  private static com.stripe.model.@Nullable PaymentMethod last(StripeClient client, String customer)
      throws StripeException {
    var list =
        SessionListParams.builder()
            .setCustomer(customer)
            .setStatus(SessionListParams.Status.COMPLETE)
            .addExpand("data.setup_intent.payment_method")
            .setLimit(PAGE)
            .build();
    com.stripe.model.PaymentMethod last = null;
    for (var session : client.v1().checkout().sessions().list(list).autoPagingIterable()) {
      var intent = session.getSetupIntentObject();
      var method = intent == null ? null : intent.getPaymentMethodObject();
      if (method != null && (last == null || method.getCreated() > last.getCreated())) {
        last = method;
      }
    }
    return last;
  }
}
