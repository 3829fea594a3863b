package dev.tollgate.billing.stripe;

import static java.util.Objects.requireNonNull;

import com.stripe.model.Subscription;
import com.stripe.param.CustomerCreateParams;
import com.stripe.param.CustomerSearchParams;
import com.stripe.param.SubscriptionCreateParams;
import com.stripe.param.SubscriptionListParams;
import com.stripe.param.SubscriptionScheduleCreateParams;
import com.stripe.param.SubscriptionScheduleUpdateParams;
import com.stripe.param.SubscriptionScheduleUpdateParams.Phase;
import com.stripe.param.SubscriptionUpdateParams;
import dev.tollgate.billing.engine.CustomerDraft;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.engine.Proration;
import dev.tollgate.billing.engine.SubscriptionDraft;
import dev.tollgate.billing.price.Terms;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Tenants as Stripe's customers and subscriptions. Invoices are sent until a payment method is on
 * file, so that a tenant who has none is served and owes, rather than has no subscription.
 */
final class StripeSubscriptions {

  private static final String TENANT = "tenant_id";
  private static final long LAST_OF_MONTH = 31;
  private static final Set<String> ENDED = Set.of("canceled", "incomplete_expired");

  private final StripeCalls calls;
  private final StripeCatalog catalog;
  private final String platform;
  private final boolean tax;

  StripeSubscriptions(StripeCalls calls, StripeCatalog catalog, String platform, boolean tax) {
    this.calls = calls;
    this.catalog = catalog;
    this.platform = platform;
    this.tax = tax;
  }

  Optional<String> findCustomer(String tenantId) {
    var query =
        CustomerSearchParams.builder()
            .setQuery("metadata['" + TENANT + "']:'" + tenantId + "'")
            .build();
    return calls.ask(
        "looking for the customer of tenant " + tenantId,
        c -> c.v1().customers().search(query).getData().stream().findFirst().map(x -> x.getId()));
  }

  String createCustomer(CustomerDraft draft, String key) {
    var params =
        CustomerCreateParams.builder()
            .setName(draft.name())
            .setEmail(draft.email())
            .putMetadata(TENANT, draft.tenantId())
            .putMetadata(StripeCatalog.PLATFORM, platform)
            .build();
    return calls.ask(
        "customer of tenant " + draft.tenantId(),
        c -> c.v1().customers().create(params, StripeCalls.key(key)).getId());
  }

  Optional<String> find(String customer) {
    var list =
        SubscriptionListParams.builder()
            .setCustomer(customer)
            .setStatus(SubscriptionListParams.Status.ALL)
            .build();
    return calls.ask(
        "subscriptions of customer " + customer,
        c -> {
          for (var subscription : c.v1().subscriptions().list(list).autoPagingIterable()) {
            if (platform.equals(subscription.getMetadata().get(StripeCatalog.PLATFORM))
                && !ENDED.contains(subscription.getStatus())) {
              return Optional.of(subscription.getId());
            }
          }
          return Optional.empty();
        });
  }

  String create(SubscriptionDraft draft, String key) {
    var params =
        SubscriptionCreateParams.builder()
            .setCustomer(draft.customer())
            .setCollectionMethod(SubscriptionCreateParams.CollectionMethod.SEND_INVOICE)
            .setDaysUntilDue((long) draft.daysUntilDue())
            .setBillingMode(
                SubscriptionCreateParams.BillingMode.builder()
                    .setType(SubscriptionCreateParams.BillingMode.Type.CLASSIC)
                    .build())
            .putMetadata(TENANT, draft.tenantId())
            .putMetadata(StripeCatalog.PLATFORM, platform);
    if (tax) {
      params.setAutomaticTax(
          SubscriptionCreateParams.AutomaticTax.builder().setEnabled(true).build());
    }
    params
        .setBillingCycleAnchorConfig(anchor(draft.anchor()))
        .setProrationBehavior(SubscriptionCreateParams.ProrationBehavior.CREATE_PRORATIONS);
    var starts = draft.starts();
    if (starts != null) {
      params.setBackdateStartDate(starts.getEpochSecond());
    }
    for (var item : catalog.items(draft.terms())) {
      var line = SubscriptionCreateParams.Item.builder().setPrice(item.price());
      params.addItem(item.licensed() ? line.setQuantity(1L).build() : line.build());
    }
    return calls.ask(
        "subscription of tenant " + draft.tenantId(),
        c -> c.v1().subscriptions().create(params.build(), StripeCalls.key(key)).getId());
  }

  /**
   * The ends of months in a zone: east of UTC they are on the last day of the month in UTC, which
   * Stripe knows as the 31st.
   */
  private static SubscriptionCreateParams.BillingCycleAnchorConfig anchor(Instant first) {
    var utc = first.atOffset(ZoneOffset.UTC);
    return SubscriptionCreateParams.BillingCycleAnchorConfig.builder()
        .setDayOfMonth(utc.getDayOfMonth() == 1 ? 1L : LAST_OF_MONTH)
        .setHour((long) utc.getHour())
        .setMinute((long) utc.getMinute())
        .setSecond((long) utc.getSecond())
        .build();
  }

  /**
   * By a schedule of two phases, the current period and what follows
   * (docs.stripe.com/billing/subscriptions/subscription-schedules).
   */
  void changeAtPeriodEnd(String id, Terms terms) {
    var items = catalog.items(terms);
    calls.ask(
        "changing subscription " + id,
        c -> {
          var subscription = c.v1().subscriptions().retrieve(id);
          var schedule = subscription.getSchedule();
          if (prices(subscription).equals(prices(items))) {
            if (schedule != null) {
              c.v1().subscriptionSchedules().release(schedule);
            }
            return id;
          }
          if (schedule == null) {
            schedule =
                c.v1()
                    .subscriptionSchedules()
                    .create(
                        SubscriptionScheduleCreateParams.builder().setFromSubscription(id).build())
                    .getId();
          }
          c.v1().subscriptionSchedules().update(schedule, phases(subscription, items));
          return id;
        });
  }

  /**
   * One request that changes all lines. In the billing mode "classic", which {@link #create} asks
   * for, what was used at a price that goes is not billed by Stripe
   * (docs.stripe.com/billing/subscriptions/usage-based/manage-billing-setup).
   */
  void changeNow(String id, Terms terms, Proration proration, String key) {
    var items = catalog.items(terms);
    calls.ask(
        "changing subscription " + id,
        c -> {
          var subscription = c.v1().subscriptions().retrieve(id);
          if (prices(subscription).equals(prices(items))) {
            return id;
          }
          if (proration != Proration.NONE && flexible(subscription)) {
            throw new EngineException(
                EngineException.Kind.REFUSED,
                "subscription "
                    + id
                    + " has the billing mode flexible, in which Stripe bills the usage before a"
                    + " change of plan by itself; set planChange of the BillingProvider to None or"
                    + " NextCycle",
                null);
          }
          if (subscription.getSchedule() != null) {
            c.v1().subscriptionSchedules().release(subscription.getSchedule());
          }
          c.v1()
              .subscriptions()
              .update(id, lines(subscription, items, proration), StripeCalls.key(key));
          return id;
        });
  }

  boolean has(String id, Terms terms) {
    var items = catalog.items(terms);
    return calls.ask(
        "reading subscription " + id,
        c -> prices(c.v1().subscriptions().retrieve(id)).equals(prices(items)));
  }

  private static boolean flexible(Subscription subscription) {
    var mode = subscription.getBillingMode();
    return mode != null && "flexible".equals(mode.getType());
  }

  /** A line keeps its id when what it is about, the fee or a meter, has another price. */
  private SubscriptionUpdateParams lines(
      Subscription subscription, List<StripeCatalog.Item> items, Proration proration) {
    var params =
        SubscriptionUpdateParams.builder()
            .setProrationBehavior(
                switch (proration) {
                  case NEXT_INVOICE -> SubscriptionUpdateParams.ProrationBehavior.CREATE_PRORATIONS;
                  case INVOICE_NOW -> SubscriptionUpdateParams.ProrationBehavior.ALWAYS_INVOICE;
                  case NONE -> SubscriptionUpdateParams.ProrationBehavior.NONE;
                });
    var there = prices(subscription);
    var missing =
        new ArrayList<>(items.stream().filter(item -> !there.contains(item.price())).toList());
    var wanted = prices(items);
    for (var line : subscription.getItems().getData()) {
      var price = requireNonNull(line.getPrice().getId());
      if (wanted.contains(price)) {
        continue;
      }
      var about = catalog.meterOf(price);
      var next =
          missing.stream().filter(item -> catalog.meterOf(item.price()).equals(about)).findFirst();
      next.ifPresent(missing::remove);
      var item = SubscriptionUpdateParams.Item.builder().setId(line.getId());
      params.addItem(
          next.isEmpty()
              ? item.setDeleted(true).build()
              : item.setPrice(next.get().price()).build());
    }
    for (var item : missing) {
      params.addItem(SubscriptionUpdateParams.Item.builder().setPrice(item.price()).build());
    }
    return params.build();
  }

  private static SubscriptionScheduleUpdateParams phases(
      Subscription subscription, List<StripeCatalog.Item> next) {
    var lines = subscription.getItems().getData();
    var first = lines.getFirst();
    var now =
        Phase.builder()
            .setStartDate(first.getCurrentPeriodStart())
            .setEndDate(first.getCurrentPeriodEnd())
            .setProrationBehavior(Phase.ProrationBehavior.NONE);
    for (var line : lines) {
      var item = Phase.Item.builder().setPrice(line.getPrice().getId());
      var quantity = line.getQuantity();
      now.addItem(quantity == null ? item.build() : item.setQuantity(quantity).build());
    }
    var then = Phase.builder().setProrationBehavior(Phase.ProrationBehavior.NONE);
    then.setStartDate(first.getCurrentPeriodEnd());
    for (var item : next) {
      var line = Phase.Item.builder().setPrice(item.price());
      then.addItem(item.licensed() ? line.setQuantity(1L).build() : line.build());
    }
    then.setDuration(
        Phase.Duration.builder()
            .setInterval(Phase.Duration.Interval.MONTH)
            .setIntervalCount(1L)
            .build());
    return SubscriptionScheduleUpdateParams.builder()
        .setEndBehavior(SubscriptionScheduleUpdateParams.EndBehavior.RELEASE)
        .setProrationBehavior(SubscriptionScheduleUpdateParams.ProrationBehavior.NONE)
        .addPhase(now.build())
        .addPhase(then.build())
        .build();
  }

  private static Set<String> prices(Subscription subscription) {
    return subscription.getItems().getData().stream()
        .map(line -> requireNonNull(line.getPrice().getId()))
        .collect(Collectors.toSet());
  }

  private static Set<String> prices(List<StripeCatalog.Item> items) {
    return items.stream().map(StripeCatalog.Item::price).collect(Collectors.toSet());
  }

  void endAtPeriodEnd(String id, boolean ends) {
    calls.ask(
        "ending subscription " + id,
        c -> {
          var subscription = c.v1().subscriptions().retrieve(id);
          if (subscription.getSchedule() != null) {
            // a subscription that follows a schedule cannot be ended by itself
            c.v1().subscriptionSchedules().release(subscription.getSchedule());
          }
          return c.v1()
              .subscriptions()
              .update(id, SubscriptionUpdateParams.builder().setCancelAtPeriodEnd(ends).build());
        });
  }

  void chargeAutomatically(String id, String paymentMethod) {
    var params =
        SubscriptionUpdateParams.builder()
            .setCollectionMethod(SubscriptionUpdateParams.CollectionMethod.CHARGE_AUTOMATICALLY)
            .setDefaultPaymentMethod(paymentMethod)
            .build();
    calls.ask("payment method of " + id, c -> c.v1().subscriptions().update(id, params));
  }
}
