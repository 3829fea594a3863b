package dev.tollgate.billing.stripe;

import com.stripe.model.PaymentMethod;
import com.stripe.model.checkout.Session;
import com.stripe.param.checkout.SessionCreateParams;
import com.stripe.param.checkout.SessionListParams;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;

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

  Optional<String> customer(String checkout) {
    return calls
        .look("checkout " + checkout, c -> c.v1().checkout().sessions().retrieve(checkout))
        .map(Session::getCustomer);
  }

  /** What a customer left last. */
  Optional<String> paymentMethod(String customer) {
    var list =
        SessionListParams.builder()
            .setCustomer(customer)
            .setStatus(SessionListParams.Status.COMPLETE)
            .addExpand("data.setup_intent.payment_method")
            .setLimit(PAGE)
            .build();
    return calls.ask(
        "checkouts of customer " + customer,
        c -> {
          PaymentMethod last = null;
          for (var session : c.v1().checkout().sessions().list(list).autoPagingIterable()) {
            var intent = session.getSetupIntentObject();
            var method = intent == null ? null : intent.getPaymentMethodObject();
            if (method != null && (last == null || method.getCreated() > last.getCreated())) {
              last = method;
            }
          }
          return last == null ? Optional.empty() : Optional.of(last.getId());
        });
  }
}
