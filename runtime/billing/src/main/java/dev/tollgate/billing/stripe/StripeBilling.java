package dev.tollgate.billing.stripe;

import com.stripe.StripeClient;
import com.stripe.model.billing.CreditGrant;
import com.stripe.param.billing.CreditGrantCreateParams;
import com.stripe.param.billing.CreditGrantListParams;
import com.stripe.param.billing.MeterEventCreateParams;
import com.stripe.param.billing.MeterEventSummaryListParams;
import dev.tollgate.billing.engine.Adjustment;
import dev.tollgate.billing.engine.AdjustmentPage;
import dev.tollgate.billing.engine.BillingEngine;
import dev.tollgate.billing.engine.CreditDraft;
import dev.tollgate.billing.engine.CustomerDraft;
import dev.tollgate.billing.engine.InvoiceDraft;
import dev.tollgate.billing.engine.InvoiceState;
import dev.tollgate.billing.engine.ItemDraft;
import dev.tollgate.billing.engine.Notice;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.engine.SubscriptionDraft;
import dev.tollgate.billing.engine.UsageEvent;
import dev.tollgate.billing.price.Terms;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Stripe as the billing engine (https://docs.stripe.com/api, version of the library). */
public final class StripeBilling implements BillingEngine {

  private static final long PAGE = 100;
  private static final int MINUTE = 60;

  private final StripeCalls calls;
  private final StripeCatalog catalog;
  private final StripeSubscriptions subscriptions;
  private final StripeInvoices invoices;
  private final StripeCheckout checkout;
  private final StripeAdjustments adjustments;

  /**
   * @param client asked before each call, since its key may be rotated
   * @param platform name of this platform among those that share the Stripe account
   * @param tax whether Stripe works out taxes and adds them
   */
  public StripeBilling(Supplier<StripeClient> client, String platform, boolean tax) {
    calls = new StripeCalls(client);
    catalog = new StripeCatalog(calls, platform);
    subscriptions = new StripeSubscriptions(calls, catalog, platform, tax);
    invoices = new StripeInvoices(calls, catalog, tax);
    checkout = new StripeCheckout(calls);
    adjustments = new StripeAdjustments(calls);
  }

  @Override
  public void publish(Terms terms) {
    var _ = catalog.publish(terms);
  }

  @Override
  public Optional<String> findCustomer(String tenantId) {
    return subscriptions.findCustomer(tenantId);
  }

  @Override
  public String createCustomer(CustomerDraft draft, String key) {
    return subscriptions.createCustomer(draft, key);
  }

  @Override
  public Optional<String> findSubscription(String customer) {
    return subscriptions.find(customer);
  }

  @Override
  public String createSubscription(SubscriptionDraft draft, String key) {
    return subscriptions.create(draft, key);
  }

  @Override
  public void changeAtPeriodEnd(String subscription, Terms terms) {
    subscriptions.changeAtPeriodEnd(subscription, terms);
  }

  @Override
  public void changeNow(String subscription, Terms terms, Proration proration, String key) {
    subscriptions.changeNow(subscription, terms, proration, key);
  }

  @Override
  public boolean has(String subscription, Terms terms) {
    return subscriptions.has(subscription, terms);
  }

  @Override
  public void endAtPeriodEnd(String subscription, boolean ends) {
    subscriptions.endAtPeriodEnd(subscription, ends);
  }

  @Override
  public void chargeAutomatically(String subscription, String paymentMethod) {
    subscriptions.chargeAutomatically(subscription, paymentMethod);
  }

  @Override
  public void report(UsageEvent event, String key) {
    var params =
        MeterEventCreateParams.builder()
            .setEventName(catalog.event(event.meter()))
            .setIdentifier(event.identifier())
            .setTimestamp(event.at().getEpochSecond())
            .putPayload(StripeCatalog.CUSTOMER, event.customer())
            .putPayload(StripeCatalog.VALUE, Long.toString(event.units()))
            .build();
    var _ =
        calls.ask(
            "usage " + event.identifier(),
            c -> c.v1().billing().meterEvents().create(params, StripeCalls.key(key)));
  }

  @Override
  public long reported(String customer, String meter, Instant from, Instant to) {
    var id = catalog.meter(meter);
    var params =
        MeterEventSummaryListParams.builder()
            .setCustomer(customer)
            .setStartTime(minute(from))
            .setEndTime(minute(to))
            .setLimit(PAGE)
            .build();
    return calls.ask(
        "usage of customer " + customer,
        c -> {
          var sum = BigDecimal.ZERO;
          for (var summary :
              c.v1().billing().meters().eventSummaries().list(id, params).autoPagingIterable()) {
            sum = sum.add(summary.getAggregatedValue());
          }
          return sum.longValueExact();
        });
  }

  private static long minute(Instant moment) {
    return moment.getEpochSecond() / MINUTE * MINUTE;
  }

  @Override
  public Optional<InvoiceState> cycleInvoice(String subscription, Instant ended) {
    return invoices.ofCycle(subscription, ended);
  }

  @Override
  public InvoiceState invoice(String id) {
    return invoices.get(id);
  }

  @Override
  public List<InvoiceState> invoices(String customer, Instant after) {
    return invoices.of(customer, after);
  }

  @Override
  public Optional<String> findItem(String customer, String mark) {
    return invoices.findItem(customer, mark);
  }

  @Override
  public String createItem(ItemDraft draft, String key) {
    return invoices.createItem(draft, key);
  }

  @Override
  public Optional<String> findInvoice(String customer, String mark) {
    return invoices.find(customer, mark);
  }

  @Override
  public String createInvoice(InvoiceDraft draft, String key) {
    return invoices.create(draft, key);
  }

  @Override
  public void finish(String invoice) {
    invoices.finish(invoice);
  }

  @Override
  public long step(String currency) {
    return StripeMoney.step(currency);
  }

  @Override
  public Optional<String> findCredit(String customer, String mark) {
    var list = CreditGrantListParams.builder().setCustomer(customer).setLimit(PAGE).build();
    return calls.ask(
        "credits of customer " + customer,
        c -> {
          for (CreditGrant grant :
              c.v1().billing().creditGrants().list(list).autoPagingIterable()) {
            if (mark.equals(grant.getMetadata().get(StripeInvoices.MARK))) {
              return Optional.of(grant.getId());
            }
          }
          return Optional.empty();
        });
  }

  @Override
  public String createCredit(CreditDraft draft, String key) {
    var params =
        CreditGrantCreateParams.builder()
            .setCustomer(draft.customer())
            .setName(draft.name())
            .setCategory(CreditGrantCreateParams.Category.PROMOTIONAL)
            .setApplicabilityConfig(
                CreditGrantCreateParams.ApplicabilityConfig.builder()
                    .setScope(
                        CreditGrantCreateParams.ApplicabilityConfig.Scope.builder()
                            .setPriceType(
                                CreditGrantCreateParams.ApplicabilityConfig.Scope.PriceType.METERED)
                            .build())
                    .build())
            .setAmount(
                CreditGrantCreateParams.Amount.builder()
                    .setType(CreditGrantCreateParams.Amount.Type.MONETARY)
                    .setMonetary(
                        CreditGrantCreateParams.Amount.Monetary.builder()
                            .setCurrency(draft.currency().toLowerCase(Locale.ROOT))
                            .setValue(StripeMoney.amount(draft.amount(), draft.currency()))
                            .build())
                    .build())
            .putMetadata(StripeInvoices.MARK, draft.mark());
    var expires = draft.expires();
    if (expires != null) {
      params.setExpiresAt(expires.getEpochSecond());
    }
    return calls.ask(
        "credit " + draft.mark(),
        c -> c.v1().billing().creditGrants().create(params.build(), StripeCalls.key(key)).getId());
  }

  @Override
  public URI checkout(String customer, String currency, URI success, URI cancel) {
    return checkout.checkout(customer, currency, success, cancel);
  }

  @Override
  public URI portal(String customer, URI back) {
    return checkout.portal(customer, back);
  }

  @Override
  public Set<Adjustment> adjustments(Notice.Subject subject, boolean invoices) {
    return switch (subject) {
      case Notice.Subject.Charge charge -> adjustments.refundsOf(charge.id(), invoices);
      case Notice.Subject.Refund refund -> Set.of(adjustments.refund(refund.id(), invoices));
      case Notice.Subject.Dispute dispute -> Set.of(adjustments.dispute(dispute.id(), invoices));
      default -> Set.of();
    };
  }

  @Override
  public AdjustmentPage refunds(Instant after, @Nullable String next) {
    return adjustments.refunds(after, next);
  }

  @Override
  public AdjustmentPage disputes(Instant after, @Nullable String next) {
    return adjustments.disputes(after, next);
  }

  @Override
  public Set<String> settledStates() {
    return StripeAdjustments.SETTLED;
  }

  @Override
  public Optional<String> paymentMethod(String customer) {
    return checkout.paymentMethod(customer);
  }

  @Override
  public Optional<String> customer(Notice.Subject subject) {
    return switch (subject) {
      case Notice.Subject.Invoice invoice -> invoices.customer(invoice.id());
      case Notice.Subject.Charge charge -> adjustments.customer(charge.id());
      case Notice.Subject.Refund refund -> adjustments.customerOfRefund(refund.id());
      case Notice.Subject.Dispute dispute -> adjustments.customerOfDispute(dispute.id());
      case Notice.Subject.Checkout session -> checkout.customer(session.id());
      case Notice.Subject.Other other -> Optional.empty();
    };
  }
}
