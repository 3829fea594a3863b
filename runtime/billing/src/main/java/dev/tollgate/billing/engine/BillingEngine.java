package dev.tollgate.billing.engine;

import dev.tollgate.billing.price.Terms;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whoever keeps customers, writes invoices and collects. What makes something takes a key: within a
 * day the same key never makes it twice. What makes nothing new may be repeated. Amounts are in
 * millionths of the ISO 4217 minor unit.
 *
 * <p>Everything throws {@link EngineException}.
 */
public interface BillingEngine {

  /** Makes what a plan is sold by, or adopts what is there; may be repeated. */
  void publish(Terms terms);

  /** The customer that stands for a tenant. */
  Optional<String> findCustomer(String tenantId);

  String createCustomer(CustomerDraft draft, String key);

  /** The subscription of a customer that has not ended. */
  Optional<String> findSubscription(String customer);

  String createSubscription(SubscriptionDraft draft, String key);

  /** Other terms from the end of the current period on; the current ones undo a change. */
  void changeAtPeriodEnd(String subscription, Terms terms);

  /**
   * Other terms from now on. Usage is counted by their prices from now on, and what was used before
   * is not billed by the engine; terms that hold already stay.
   */
  void changeNow(String subscription, Terms terms, Proration proration, String key);

  /** Whether a subscription has these terms and no others. */
  boolean has(String subscription, Terms terms);

  /** Whether the subscription ends with its current period. */
  void endAtPeriodEnd(String subscription, boolean ends);

  /** Counts usage; an identifier counts once. */
  void report(UsageEvent event, String key);

  /** Units counted for a customer between two moments. */
  long reported(String customer, String meter, Instant from, Instant to);

  /** The invoice of the period that ended then, once it can no longer change. */
  Optional<InvoiceState> cycleInvoice(String subscription, Instant ended);

  InvoiceState invoice(String id);

  /** Invoices of a customer that were made after a moment. */
  List<InvoiceState> invoices(String customer, Instant after);

  /** An invoice item by its mark. */
  Optional<String> findItem(String customer, String mark);

  String createItem(ItemDraft draft, String key);

  /** An invoice made here, by its mark. */
  Optional<String> findInvoice(String customer, String mark);

  /** A draft that holds nothing yet. */
  String createInvoice(InvoiceDraft draft, String key);

  /** Sends a draft out; may be repeated. */
  void finish(String invoice);

  /** Collects by the payment method on file from now on. */
  void chargeAutomatically(String subscription, String paymentMethod);

  /** Smallest amount of a currency that can be collected, in millionths of its minor unit. */
  long step(String currency);

  Optional<String> findCredit(String customer, String mark);

  String createCredit(CreditDraft draft, String key);

  /** A page where the customer leaves a payment method. */
  URI checkout(String customer, String currency, URI success, URI cancel);

  /** A page where the customer sees invoices and payment methods. */
  URI portal(String customer, URI back);

  /**
   * Refunds or a dispute, asked anew.
   *
   * @param invoices whether they are to say of which invoice they are, which takes a request more
   */
  Set<Adjustment> adjustments(Notice.Subject subject, boolean invoices);

  /**
   * Refunds of all customers that were made after a moment, the newest first.
   *
   * @param next of the page before; null for the first one
   */
  AdjustmentPage refunds(Instant after, @Nullable String next);

  /** The same of disputes. */
  AdjustmentPage disputes(Instant after, @Nullable String next);

  /** States of refunds and disputes after which no other is expected. */
  Set<String> settledStates();

  /** The payment method that a customer left last, at whichever checkout. */
  Optional<String> paymentMethod(String customer);

  /** Whose it is that an event is about; it never changes. */
  Optional<String> customer(Notice.Subject subject);
}
