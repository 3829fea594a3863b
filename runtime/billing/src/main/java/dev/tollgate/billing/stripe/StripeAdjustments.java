package dev.tollgate.billing.stripe;

import static java.util.Objects.requireNonNullElse;

import com.stripe.StripeClient;
import com.stripe.exception.StripeException;
import com.stripe.model.Charge;
import com.stripe.model.Dispute;
import com.stripe.model.HasId;
import com.stripe.model.Refund;
import com.stripe.model.StripeCollection;
import com.stripe.param.DisputeListParams;
import com.stripe.param.DisputeRetrieveParams;
import com.stripe.param.InvoicePaymentListParams;
import com.stripe.param.RefundListParams;
import com.stripe.param.RefundRetrieveParams;
import dev.tollgate.billing.engine.Adjustment;
import dev.tollgate.billing.engine.AdjustmentPage;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stripe's refunds and disputes; whose they are, the charge says that comes with each. Which
 * invoice they are of takes a request more, and is told where it is asked for.
 */
final class StripeAdjustments {

  /**
   * Of refunds and of disputes (https://docs.stripe.com/api/refunds/object,
   * https://docs.stripe.com/api/disputes/object).
   */
  static final Set<String> SETTLED =
      Set.of("succeeded", "failed", "canceled", "won", "lost", "warning_closed", "prevented");

  private static final long PAGE = 100;
  private static final String CHARGE = "charge";
  private static final String CHARGES = "data.charge";
  private static final RefundRetrieveParams REFUND =
      RefundRetrieveParams.builder().addExpand(CHARGE).build();
  private static final DisputeRetrieveParams DISPUTE =
      DisputeRetrieveParams.builder().addExpand(CHARGE).build();

  private final StripeCalls calls;

  StripeAdjustments(StripeCalls calls) {
    this.calls = calls;
  }

  /** Who paid; empty when it was no customer, or the charge is not there. */
  Optional<String> customer(String charge) {
    return calls
        .look("charge " + charge, c -> c.v1().charges().retrieve(charge))
        .map(Charge::getCustomer);
  }

  Optional<String> customerOfRefund(String id) {
    return payer(calls.look("refund " + id, c -> of(c.v1().refunds().retrieve(id, REFUND), null)));
  }

  Optional<String> customerOfDispute(String id) {
    return payer(
        calls.look("dispute " + id, c -> of(c.v1().disputes().retrieve(id, DISPUTE), null)));
  }

  private static Optional<String> payer(Optional<Adjustment> adjustment) {
    return adjustment.map(Adjustment::customer).filter(customer -> !customer.isEmpty());
  }

  Set<Adjustment> refundsOf(String charge, boolean invoices) {
    var list =
        RefundListParams.builder().setCharge(charge).addExpand(CHARGES).setLimit(PAGE).build();
    return calls.ask(
        "refunds of charge " + charge,
        c -> {
          Set<Adjustment> refunds = new HashSet<>();
          String invoice = null;
          for (var refund : c.v1().refunds().list(list).autoPagingIterable()) {
            if (invoices && refunds.isEmpty()) {
              invoice = invoice(c, refund.getChargeObject());
            }
            refunds.add(of(refund, invoice));
          }
          return refunds;
        });
  }

  Adjustment refund(String id, boolean invoices) {
    return calls.ask(
        "refund " + id,
        c -> {
          var refund = c.v1().refunds().retrieve(id, REFUND);
          return of(refund, invoices ? invoice(c, refund.getChargeObject()) : null);
        });
  }

  Adjustment dispute(String id, boolean invoices) {
    return calls.ask(
        "dispute " + id,
        c -> {
          var dispute = c.v1().disputes().retrieve(id, DISPUTE);
          return of(dispute, invoices ? invoice(c, dispute.getChargeObject()) : null);
        });
  }

  /** What a charge has paid (https://docs.stripe.com/api/invoice-payment/list). */
  private static @Nullable String invoice(StripeClient client, @Nullable Charge charge)
      throws StripeException {
    var intent = charge == null ? null : charge.getPaymentIntent();
    if (intent == null) {
      return null;
    }
    var payment =
        InvoicePaymentListParams.Payment.builder()
            .setType(InvoicePaymentListParams.Payment.Type.PAYMENT_INTENT)
            .setPaymentIntent(intent)
            .build();
    var found =
        client
            .v1()
            .invoicePayments()
            .list(InvoicePaymentListParams.builder().setPayment(payment).setLimit(1L).build())
            .getData();
    return found.isEmpty() ? null : found.getFirst().getInvoice();
  }

  AdjustmentPage refunds(Instant after, @Nullable String last) {
    var since = RefundListParams.Created.builder().setGte(after.getEpochSecond()).build();
    var list = RefundListParams.builder().setCreated(since).addExpand(CHARGES).setLimit(PAGE);
    if (last != null) {
      list.setStartingAfter(last);
    }
    return calls.ask(
        "listing refunds",
        c -> page(c.v1().refunds().list(list.build()), refund -> of(refund, null)));
  }

  AdjustmentPage disputes(Instant after, @Nullable String last) {
    var since = DisputeListParams.Created.builder().setGte(after.getEpochSecond()).build();
    var list = DisputeListParams.builder().setCreated(since).addExpand(CHARGES).setLimit(PAGE);
    if (last != null) {
      list.setStartingAfter(last);
    }
    return calls.ask(
        "listing disputes",
        c -> page(c.v1().disputes().list(list.build()), dispute -> of(dispute, null)));
  }

  private static <T extends HasId> AdjustmentPage page(
      StripeCollection<T> page, Function<T, Adjustment> read) {
    var data = page.getData();
    var more = Boolean.TRUE.equals(page.getHasMore()) && !data.isEmpty();
    return new AdjustmentPage(
        data.stream().map(read).toList(), more ? data.getLast().getId() : null);
  }

  private static Adjustment of(Refund refund, @Nullable String invoice) {
    return new Adjustment(
        refund.getId(),
        Adjustment.REFUND,
        customer(refund.getChargeObject()),
        requireNonNullElse(refund.getStatus(), "unknown"),
        refund.getCurrency().toUpperCase(Locale.ROOT),
        StripeMoney.millionths(refund.getAmount(), refund.getCurrency()),
        requireNonNullElse(refund.getReason(), ""),
        invoice);
  }

  private static Adjustment of(Dispute dispute, @Nullable String invoice) {
    return new Adjustment(
        dispute.getId(),
        Adjustment.DISPUTE,
        customer(dispute.getChargeObject()),
        dispute.getStatus(),
        dispute.getCurrency().toUpperCase(Locale.ROOT),
        StripeMoney.millionths(dispute.getAmount(), dispute.getCurrency()),
        requireNonNullElse(dispute.getReason(), ""),
        invoice);
  }

  private static String customer(@Nullable Charge charge) {
    return charge == null ? "" : requireNonNullElse(charge.getCustomer(), "");
  }
}
