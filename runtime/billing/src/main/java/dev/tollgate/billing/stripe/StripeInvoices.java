package dev.tollgate.billing.stripe;

import static java.util.Objects.requireNonNullElse;

import com.stripe.StripeClient;
import com.stripe.exception.StripeException;
import com.stripe.model.Invoice;
import com.stripe.model.InvoiceItem;
import com.stripe.model.InvoiceLineItem;
import com.stripe.param.InvoiceCreateParams;
import com.stripe.param.InvoiceFinalizeInvoiceParams;
import com.stripe.param.InvoiceItemCreateParams;
import com.stripe.param.InvoiceItemListParams;
import com.stripe.param.InvoiceLineItemListParams;
import com.stripe.param.InvoiceListParams;
import dev.tollgate.billing.engine.InvoiceDraft;
import dev.tollgate.billing.engine.InvoiceState;
import dev.tollgate.billing.engine.ItemDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Stripe's invoices and the items on them. */
final class StripeInvoices {

  static final String MARK = "tollgate_mark";
  private static final long PAGE = 100;

  /** A period's end moves by this much at most, when clocks are put forward or back. */
  private static final Duration SLACK = Duration.ofHours(2);

  private final StripeCalls calls;
  private final StripeCatalog catalog;
  private final boolean tax;

  StripeInvoices(StripeCalls calls, StripeCatalog catalog, boolean tax) {
    this.calls = calls;
    this.catalog = catalog;
    this.tax = tax;
  }

  InvoiceState get(String id) {
    return calls.ask("reading invoice " + id, c -> state(c, c.v1().invoices().retrieve(id)));
  }

  /** Whose it is; empty when it is not there any more. */
  Optional<String> customer(String id) {
    return calls.look(
        "reading invoice " + id,
        c -> Objects.requireNonNull(c.v1().invoices().retrieve(id).getCustomer()));
  }

  /** The finished invoice of the period that ended then. */
  Optional<InvoiceState> ofCycle(String subscription, Instant ended) {
    var list =
        InvoiceListParams.builder()
            .setSubscription(subscription)
            .setCreated(
                InvoiceListParams.Created.builder()
                    .setGte(ended.minus(SLACK).getEpochSecond())
                    .build())
            .setLimit(PAGE)
            .build();
    return calls.ask(
        "invoices of subscription " + subscription,
        c -> {
          for (var invoice : c.v1().invoices().list(list).autoPagingIterable()) {
            var end = Instant.ofEpochSecond(invoice.getPeriodEnd());
            var near = Duration.between(ended, end).abs().compareTo(SLACK) <= 0;
            if (near && ends(invoice)) {
              return "draft".equals(invoice.getStatus())
                  ? Optional.empty()
                  : Optional.of(state(c, invoice));
            }
          }
          return Optional.empty();
        });
  }

  List<InvoiceState> of(String customer, Instant after) {
    var list =
        InvoiceListParams.builder()
            .setCustomer(customer)
            .setCreated(InvoiceListParams.Created.builder().setGte(after.getEpochSecond()).build())
            .setLimit(PAGE)
            .build();
    return calls.ask(
        "invoices of customer " + customer,
        c -> {
          List<InvoiceState> found = new ArrayList<>();
          for (var invoice : c.v1().invoices().list(list).autoPagingIterable()) {
            found.add(state(c, invoice));
          }
          return found;
        });
  }

  Optional<String> find(String customer, String mark) {
    var list = InvoiceListParams.builder().setCustomer(customer).setLimit(PAGE).build();
    return calls.ask(
        "invoices of customer " + customer,
        c -> {
          for (var invoice : c.v1().invoices().list(list).autoPagingIterable()) {
            if (mark.equals(invoice.getMetadata().get(MARK))) {
              return Optional.of(invoice.getId());
            }
          }
          return Optional.empty();
        });
  }

  String create(InvoiceDraft draft, String key) {
    var params =
        InvoiceCreateParams.builder()
            .setCustomer(draft.customer())
            .setCurrency(draft.currency().toLowerCase(Locale.ROOT))
            .setCollectionMethod(InvoiceCreateParams.CollectionMethod.SEND_INVOICE)
            .setDaysUntilDue((long) draft.daysUntilDue())
            .setPendingInvoiceItemsBehavior(InvoiceCreateParams.PendingInvoiceItemsBehavior.EXCLUDE)
            .setAutoAdvance(false)
            .setAutomaticTax(InvoiceCreateParams.AutomaticTax.builder().setEnabled(tax).build())
            .setDescription(draft.description())
            .putMetadata(MARK, draft.mark())
            .build();
    return calls.ask(
        "invoice " + draft.mark(),
        c -> c.v1().invoices().create(params, StripeCalls.key(key)).getId());
  }

  void finish(String id) {
    calls.ask(
        "finishing invoice " + id,
        c -> {
          var invoice = c.v1().invoices().retrieve(id);
          return "draft".equals(invoice.getStatus())
              ? c.v1()
                  .invoices()
                  .finalizeInvoice(
                      id, InvoiceFinalizeInvoiceParams.builder().setAutoAdvance(true).build())
              : invoice;
        });
  }

  Optional<String> findItem(String customer, String mark) {
    var list = InvoiceItemListParams.builder().setCustomer(customer).setLimit(PAGE).build();
    return calls.ask(
        "invoice items of customer " + customer,
        c -> {
          for (InvoiceItem item : c.v1().invoiceItems().list(list).autoPagingIterable()) {
            if (mark.equals(item.getMetadata().get(MARK))) {
              return Optional.of(item.getId());
            }
          }
          return Optional.empty();
        });
  }

  String createItem(ItemDraft draft, String key) {
    var params =
        InvoiceItemCreateParams.builder()
            .setCustomer(draft.customer())
            .setCurrency(draft.currency().toLowerCase(Locale.ROOT))
            .setAmount(StripeMoney.amount(draft.amount(), draft.currency()))
            .setDescription(draft.description())
            .putMetadata(MARK, draft.mark());
    if (draft.invoice() != null) {
      params.setInvoice(draft.invoice());
    } else if (draft.subscription() != null) {
      params.setSubscription(draft.subscription());
    }
    return calls.ask(
        "invoice item " + draft.mark(),
        c -> c.v1().invoiceItems().create(params.build(), StripeCalls.key(key)).getId());
  }

  private InvoiceState state(StripeClient client, Invoice invoice) throws StripeException {
    var currency = invoice.getCurrency().toUpperCase(Locale.ROOT);
    var status = InvoiceState.Status.valueOf(invoice.getStatus().toUpperCase(Locale.ROOT));
    var attempts = requireNonNullElse(invoice.getAttemptCount(), 0L);
    return new InvoiceState(
        invoice.getId(),
        Objects.requireNonNull(invoice.getCustomer()),
        kind(invoice),
        status,
        status == InvoiceState.Status.OPEN && attempts > 0,
        invoice.getNumber(),
        currency,
        StripeMoney.millionths(invoice.getTotal(), currency),
        StripeMoney.millionths(invoice.getAmountPaid(), currency),
        Instant.ofEpochSecond(invoice.getCreated()),
        invoice.getDueDate() == null ? null : Instant.ofEpochSecond(invoice.getDueDate()),
        invoice.getHostedInvoiceUrl(),
        units(client, invoice));
  }

  /** Whether it is of a period that ended; the last one of a subscription has another reason. */
  private static boolean ends(Invoice invoice) {
    var reason = requireNonNullElse(invoice.getBillingReason(), "");
    return reason.startsWith("subscription")
        && !reason.equals("subscription_create")
        && !reason.equals("subscription_update");
  }

  private static String kind(Invoice invoice) {
    var mark = invoice.getMetadata() == null ? null : invoice.getMetadata().get(MARK);
    if (mark != null) {
      var slash = mark.indexOf('/');
      return slash < 0 ? mark : mark.substring(0, slash);
    }
    return switch (requireNonNullElse(invoice.getBillingReason(), "")) {
      case "subscription_cycle" -> "cycle";
      case "subscription_create" -> "start";
      default -> "other";
    };
  }

  /** Units of metered lines; a graduated price has a line for each tier. */
  private Map<String, Long> units(StripeClient client, Invoice invoice) throws StripeException {
    Map<String, Long> units = new HashMap<>();
    var list = InvoiceLineItemListParams.builder().setLimit(PAGE).build();
    for (InvoiceLineItem line :
        client.v1().invoices().lineItems().list(invoice.getId(), list).autoPagingIterable()) {
      var pricing = line.getPricing();
      var details = pricing == null ? null : pricing.getPriceDetails();
      var price = details == null ? null : details.getPrice();
      if (price != null) {
        catalog
            .meterOf(price)
            .ifPresent(
                meter -> units.merge(meter, requireNonNullElse(line.getQuantity(), 0L), Long::sum));
      }
    }
    return units;
  }
}
