package dev.tollgate.billing.stripe;

import static java.util.Objects.requireNonNullElse;

import com.stripe.model.Price;
import com.stripe.model.Product;
import com.stripe.model.billing.Meter;
import com.stripe.param.PriceCreateParams;
import com.stripe.param.PriceListParams;
import com.stripe.param.PriceUpdateParams;
import com.stripe.param.ProductCreateParams;
import com.stripe.param.ProductListParams;
import com.stripe.param.ProductUpdateParams;
import com.stripe.param.billing.MeterCreateParams;
import com.stripe.param.billing.MeterListParams;
import dev.tollgate.billing.price.MeterTerms;
import dev.tollgate.billing.price.Terms;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Plans as Stripe's products, prices and meters. What is there is adopted: a product by its
 * metadata, a price by its lookup key (a hash of all that it says, since an amount never changes),
 * a meter by the name of its events. Prices of former terms stay, for those who still pay them.
 */
final class StripeCatalog {

  static final String PLATFORM = "tollgate_platform";
  private static final String PLAN = "tollgate_plan";
  private static final String METER = "tollgate_meter";
  static final String VALUE = "value";
  static final String CUSTOMER = "stripe_customer_id";
  private static final long PAGE = 100;

  private final StripeCalls calls;
  private final String platform;
  private final Map<Terms, List<Item>> known = new ConcurrentHashMap<>();
  private final Map<String, String> meters = new ConcurrentHashMap<>();
  private final Map<String, String> meterOfPrice = new ConcurrentHashMap<>();

  /**
   * What a subscription has a line of.
   *
   * @param licensed whether it has a quantity, which is 1; a metered one has none
   */
  record Item(String price, boolean licensed) {}

  StripeCatalog(StripeCalls calls, String platform) {
    this.calls = calls;
    this.platform = platform;
  }

  /** Looks everything up again, and makes what is missing. */
  List<Item> publish(Terms terms) {
    var product = product(terms);
    List<Item> items = new ArrayList<>();
    items.add(new Item(price(terms, "fee", fee(terms, product)), true));
    for (var meter : terms.billed()) {
      var price = price(terms, meter.meter(), metered(terms, meter, product, meter(meter.meter())));
      meterOfPrice.put(price, meter.meter());
      items.add(new Item(price, false));
    }
    known.put(terms, List.copyOf(items));
    return items;
  }

  /** The prices of terms; published when they are not known yet. */
  List<Item> items(Terms terms) {
    var items = known.get(terms);
    return items != null ? items : publish(terms);
  }

  /** Which of the plans' meters a price is about; empty for a fee and for a foreign price. */
  Optional<String> meterOf(String price) {
    var meter = meterOfPrice.get(price);
    if (meter == null) {
      var found = calls.ask("reading price " + price, c -> c.v1().prices().retrieve(price));
      meter = requireNonNullElse(found.getMetadata().get(METER), "");
      meterOfPrice.put(price, meter);
    }
    return meter.isEmpty() ? Optional.empty() : Optional.of(meter);
  }

  /** Name of a meter's events; one account may serve several platforms. */
  String event(String meter) {
    return "tollgate_" + platform.replace('-', '_') + "_" + meter;
  }

  /** Stripe's id of a meter. */
  String meter(String meter) {
    return meters.computeIfAbsent(meter, this::findOrMake);
  }

  private String findOrMake(String meter) {
    var event = event(meter);
    var active =
        MeterListParams.builder().setStatus(MeterListParams.Status.ACTIVE).setLimit(PAGE).build();
    return calls.ask(
        "meter " + event,
        c -> {
          for (Meter there : c.v1().billing().meters().list(active).autoPagingIterable()) {
            if (event.equals(there.getEventName())) {
              return there.getId();
            }
          }
          var made =
              MeterCreateParams.builder()
                  .setDisplayName(meter)
                  .setEventName(event)
                  .setDefaultAggregation(
                      MeterCreateParams.DefaultAggregation.builder()
                          .setFormula(MeterCreateParams.DefaultAggregation.Formula.SUM)
                          .build())
                  .setCustomerMapping(
                      MeterCreateParams.CustomerMapping.builder()
                          .setType(MeterCreateParams.CustomerMapping.Type.BY_ID)
                          .setEventPayloadKey(CUSTOMER)
                          .build())
                  .setValueSettings(
                      MeterCreateParams.ValueSettings.builder().setEventPayloadKey(VALUE).build())
                  .build();
          return c.v1()
              .billing()
              .meters()
              .create(made, StripeCalls.key("tollgate/meter/" + event))
              .getId();
        });
  }

  private String product(Terms terms) {
    var id = "tollgate-" + hash(platform + "|" + terms.plan());
    var there = calls.look("reading product " + id, c -> c.v1().products().retrieve(id));
    if (there.isEmpty()) {
      there = adopted(terms.plan());
    }
    if (there.isPresent()) {
      var product = there.get();
      if (!terms.displayName().equals(product.getName())
          || !Boolean.TRUE.equals(product.getActive())) {
        var now =
            ProductUpdateParams.builder().setName(terms.displayName()).setActive(true).build();
        calls.ask(
            "renaming product " + product.getId(),
            c -> c.v1().products().update(product.getId(), now));
      }
      return product.getId();
    }
    var params =
        ProductCreateParams.builder()
            .setId(id)
            .setName(terms.displayName())
            .putMetadata(PLATFORM, platform)
            .putMetadata(PLAN, terms.plan())
            .build();
    return calls.ask(
        "product of plan " + terms.plan(), c -> c.v1().products().create(params).getId());
  }

  /** A product that somebody made for the plan. */
  private Optional<Product> adopted(String plan) {
    var active = ProductListParams.builder().setActive(true).setLimit(PAGE).build();
    return calls.ask(
        "products",
        c -> {
          for (var product : c.v1().products().list(active).autoPagingIterable()) {
            var metadata = product.getMetadata();
            if (plan.equals(metadata.get(PLAN)) && platform.equals(metadata.get(PLATFORM))) {
              return Optional.of(product);
            }
          }
          return Optional.empty();
        });
  }

  private PriceCreateParams.Builder fee(Terms terms, String product) {
    return common(terms, product)
        .setNickname(terms.plan() + " fee")
        .setUnitAmountDecimal(StripeMoney.decimal(terms.fee(), terms.currency()))
        .setRecurring(monthly().build());
  }

  private PriceCreateParams.Builder metered(
      Terms terms, MeterTerms meter, String product, String stripeMeter) {
    var price =
        common(terms, product)
            .setNickname(terms.plan() + " " + meter.meter())
            .putMetadata(METER, meter.meter())
            .setBillingScheme(PriceCreateParams.BillingScheme.TIERED)
            .setTiersMode(PriceCreateParams.TiersMode.GRADUATED)
            .setRecurring(
                monthly()
                    .setUsageType(PriceCreateParams.Recurring.UsageType.METERED)
                    .setMeter(stripeMeter)
                    .build());
    if (meter.included() > 0) {
      price.addTier(tier(meter.included(), 0, terms.currency()));
    }
    for (var tier : meter.tiers()) {
      var last = tier.upTo() >= Long.MAX_VALUE - meter.included();
      price.addTier(
          tier(last ? 0 : meter.included() + tier.upTo(), tier.unitPrice(), terms.currency()));
    }
    return price;
  }

  /**
   * @param upTo 0 for no end
   */
  private static PriceCreateParams.Tier tier(long upTo, long unitPrice, String currency) {
    var tier =
        PriceCreateParams.Tier.builder()
            .setUnitAmountDecimal(StripeMoney.decimal(unitPrice, currency));
    return upTo == 0
        ? tier.setUpTo(PriceCreateParams.Tier.UpTo.INF).build()
        : tier.setUpTo(upTo).build();
  }

  private PriceCreateParams.Builder common(Terms terms, String product) {
    return PriceCreateParams.builder()
        .setProduct(product)
        .setCurrency(terms.currency().toLowerCase(Locale.ROOT))
        .putMetadata(PLATFORM, platform)
        .putMetadata(PLAN, terms.plan());
  }

  private static PriceCreateParams.Recurring.Builder monthly() {
    return PriceCreateParams.Recurring.builder()
        .setInterval(PriceCreateParams.Recurring.Interval.MONTH);
  }

  private String price(Terms terms, String item, PriceCreateParams.Builder builder) {
    var content = builder.build();
    var lookup = "tollgate-" + hash(item + "|" + content.toMap());
    var list = PriceListParams.builder().addLookupKey(lookup).setLimit(PAGE).build();
    return calls.ask(
        "price of " + terms.plan() + " " + item,
        c -> {
          List<Price> there = c.v1().prices().list(list).getData();
          if (there.isEmpty()) {
            return c.v1()
                .prices()
                .create(
                    builder.setLookupKey(lookup).build(),
                    StripeCalls.key("tollgate/price/" + lookup))
                .getId();
          }
          var price = there.getFirst();
          if (!Boolean.TRUE.equals(price.getActive())) {
            c.v1()
                .prices()
                .update(price.getId(), PriceUpdateParams.builder().setActive(true).build());
          }
          return price.getId();
        });
  }

  private static String hash(String text) {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
