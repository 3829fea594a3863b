package dev.tollgate.billing.fake;

import static dev.tollgate.billing.fake.Objects.kind;
import static dev.tollgate.billing.fake.Objects.same;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Subscriptions and their schedules: periods end at an anchor, and a change of price within one is
 * prorated.
 */
final class Subscriptions {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Objects objects;
  private final Meters meters;
  private final Invoices invoices;

  Subscriptions(Objects objects, Meters meters, Invoices invoices) {
    this.objects = objects;
    this.meters = meters;
    this.invoices = invoices;
  }

  JsonNode subscriptions(boolean post, List<String> parts, ObjectNode form) {
    if (!post) {
      return parts.size() == 2
          ? objects.get(parts.get(1))
          : objects.list(
              o -> kind(o, "subscription") && same(o, "customer", form.path("customer")));
    }
    if (parts.size() == 2) {
      var o = objects.get(parts.get(1));
      if (o.hasNonNull("schedule") && (form.has("cancel_at_period_end") || form.has("items"))) {
        throw new Refused(400, "", "The subscription is managed by a schedule");
      }
      if (form.has("items")) {
        change(o, form.remove("items"), form.path("proration_behavior").asText());
        form.remove("proration_behavior");
      }
      form.properties().forEach(e -> o.set(e.getKey(), e.getValue()));
      o.put("cancel_at_period_end", o.path("cancel_at_period_end").asBoolean());
      return o;
    }
    objects.get(form.path("customer").asText());
    var config = form.path("billing_cycle_anchor_config");
    if (!config.has("day_of_month") || !config.has("hour")) {
      throw new Refused(400, "", "no anchor");
    }
    var o = objects.make("subscription", "sub");
    form.properties().stream()
        .filter(e -> !e.getKey().equals("items"))
        .forEach(e -> o.set(e.getKey(), e.getValue()));
    o.put("status", "active");
    if (!o.has("billing_mode")) {
      o.putObject("billing_mode").put("type", "flexible");
    }
    long start = form.path("backdate_start_date").asLong(objects.now().getEpochSecond());
    if (start > objects.now().getEpochSecond()) {
      throw new Refused(400, "", "backdate_start_date must be in the past");
    }
    period(o, start, occurrence(o, objects.now()));
    items(o, form.path("items"));
    var invoice =
        invoices.invoice(
            o,
            "subscription_create",
            objects.now().getEpochSecond(),
            objects.now().getEpochSecond());
    invoices.line(invoice, null, 1, 1, "prorated fee");
    invoices.finish(invoice);
    return o;
  }

  /** The next moment that the anchor says, after another; a 31st is the last day of any month. */
  private static long occurrence(ObjectNode subscription, Instant after) {
    var config = subscription.path("billing_cycle_anchor_config");
    var month = YearMonth.from(after.atOffset(ZoneOffset.UTC));
    while (true) {
      var day = Math.min(config.path("day_of_month").asInt(), month.lengthOfMonth());
      var at =
          month
              .atDay(day)
              .atTime(config.path("hour").asInt(), config.path("minute").asInt())
              .toInstant(ZoneOffset.UTC);
      if (at.isAfter(after)) {
        return at.getEpochSecond();
      }
      month = month.plusMonths(1);
    }
  }

  private void period(ObjectNode subscription, long start, long end) {
    subscription.put("_period_start", start).put("_period_end", end);
    for (var item : subscription.path("items").path("data")) {
      ((ObjectNode) item).put("current_period_start", start).put("current_period_end", end);
      ((ObjectNode) item).remove("_since");
    }
  }

  private void items(ObjectNode subscription, JsonNode items) {
    var list = JSON.createObjectNode().put("object", "list").put("has_more", false);
    list.put("url", "/v1/list");
    ArrayNode data = list.putArray("data");
    for (var item : items) {
      var price = objects.get(item.path("price").asText());
      boolean metered = price.path("recurring").path("usage_type").asText().equals("metered");
      if (metered && item.has("quantity")) {
        throw new Refused(400, "", "a metered price has no quantity");
      }
      var line =
          data.addObject().put("id", "si_" + objects.number()).put("object", "subscription_item");
      line.set("price", price.deepCopy());
      if (!metered) {
        line.put("quantity", item.path("quantity").asLong(1));
      }
    }
    subscription.set("items", list);
    period(
        subscription,
        subscription.path("_period_start").asLong(),
        subscription.path("_period_end").asLong());
  }

  /**
   * Prices change within a period. The rest of it is given back at the old fee and charged at the
   * new. Usage counts at a metered price from now on; what was used at one that goes is an item in
   * the flexible billing mode, and not billed in the classic one.
   */
  private void change(ObjectNode o, JsonNode changes, String behavior) {
    boolean prorated = !behavior.equals("none");
    var data = (ArrayNode) o.path("items").path("data");
    List<ObjectNode> items = new ArrayList<>();
    for (var change : changes) {
      var line = change.has("id") ? line(data, change.path("id").asText()) : data.addObject();
      if (change.has("id")) {
        if (prorated) {
          rest(o, line, -1).ifPresent(items::add);
        }
        if (change.path("deleted").asBoolean()) {
          data.remove(data.valueStream().toList().indexOf(line));
          continue;
        }
      } else {
        line.put("id", "si_" + objects.number()).put("object", "subscription_item");
        line.set("current_period_start", o.get("_period_start"));
        line.set("current_period_end", o.get("_period_end"));
      }
      var price = objects.get(change.path("price").asText());
      if (!price.path("currency").asText().equals(currency(o))) {
        throw new Refused(400, "", "all prices of a subscription have one currency");
      }
      line.set("price", price.deepCopy());
      line.put("_since", objects.now().getEpochSecond());
      if (!Meters.metered(price)) {
        line.put("quantity", change.path("quantity").asLong(1));
        if (prorated) {
          rest(o, line, 1).ifPresent(items::add);
        }
      }
    }
    if (behavior.equals("always_invoice") && !items.isEmpty()) {
      var invoice =
          invoices.invoice(
              o,
              "subscription_update",
              objects.now().getEpochSecond(),
              objects.now().getEpochSecond());
      items.forEach(item -> invoices.put(invoice, item));
      invoices.finish(invoice);
    }
  }

  private static ObjectNode line(ArrayNode lines, String id) {
    for (var line : lines) {
      if (line.path("id").asText().equals(id)) {
        return (ObjectNode) line;
      }
    }
    throw new Refused(404, "resource_missing", "No such subscription item: '" + id + "'");
  }

  /** An item for what is left of the period at a fee, or for what was used at a metered price. */
  private Optional<ObjectNode> rest(ObjectNode o, ObjectNode line, int sign) {
    var price = line.path("price");
    long end = o.path("_period_end").asLong();
    // of a whole period, also in the first one, which is shorter and was charged in proportion
    long start = occurrence(o, Instant.ofEpochSecond(end).minus(Duration.ofDays(32)));
    long amount;
    if (!Meters.metered(price)) {
      amount =
          new BigDecimal(price.path("unit_amount_decimal").asText("0"))
              .multiply(BigDecimal.valueOf(end - objects.now().getEpochSecond()))
              .divide(BigDecimal.valueOf(end - start), 0, RoundingMode.HALF_UP)
              .longValueExact();
    } else if (o.path("billing_mode").path("type").asText().equals("flexible")) {
      long since = Math.max(o.path("_period_start").asLong(), line.path("_since").asLong());
      amount =
          meters
              .tiers(price, o.path("customer").asText(), since, objects.now().getEpochSecond())
              .stream()
              .mapToLong(Meters.Tier::amount)
              .sum();
    } else {
      return Optional.empty();
    }
    var item = objects.make("invoiceitem", "ii");
    item.set("customer", o.get("customer"));
    item.put("amount", Meters.metered(price) ? amount : sign * amount).put("proration", true);
    item.put("description", Meters.metered(price) ? "Usage" : "Remaining time");
    return Optional.of(item);
  }

  JsonNode schedules(boolean post, List<String> parts, ObjectNode form) {
    if (parts.size() == 1) {
      var subscription = objects.get(form.path("from_subscription").asText());
      if (subscription.hasNonNull("schedule")) {
        throw new Refused(400, "", "The subscription has a schedule");
      }
      var o = objects.make("subscription_schedule", "sub_sched");
      o.put("subscription", subscription.get("id").asText()).put("status", "active");
      subscription.put("schedule", o.get("id").asText());
      return o;
    }
    var o = objects.get(parts.get(1));
    if (parts.size() == 3) {
      objects.get(o.get("subscription").asText()).putNull("schedule");
      return o.put("status", "released");
    }
    if (post) {
      if (!form.path("phases").path(0).has("start_date")) {
        throw new Refused(400, "", "the first phase needs its start");
      }
      o.set("phases_", form.path("phases"));
    }
    return o;
  }

  /** A period of a subscription ends: an invoice for what was used, and the next fee. */
  void renew(ObjectNode o) {
    long start = o.path("_period_start").asLong();
    long end = o.path("_period_end").asLong();
    boolean ends = o.path("cancel_at_period_end").asBoolean();
    var invoice = invoices.invoice(o, "subscription_cycle", start, end);
    invoice.put("_finish", end + 3600);
    invoice.set("_metered", o.path("items").path("data").deepCopy());
    if (o.hasNonNull("schedule")) {
      var schedule = objects.get(o.get("schedule").asText());
      if (schedule.path("phases_").size() > 1) {
        items(o, schedule.path("phases_").path(1).path("items"));
        o.putNull("schedule");
      }
    }
    if (ends) {
      o.put("status", "canceled").put("_period_end", 0);
    } else {
      o.put("status", "active");
      period(o, end, occurrence(o, Instant.ofEpochSecond(end)));
      for (var item : o.path("items").path("data")) {
        var price = item.path("price");
        if (!price.path("recurring").path("usage_type").asText().equals("metered")) {
          var amount = new BigDecimal(price.path("unit_amount_decimal").asText("0"));
          invoices.line(
              invoice,
              price.path("id").asText(),
              1,
              amount.setScale(0, RoundingMode.HALF_UP).longValueExact(),
              "fee");
        }
      }
    }
    for (var item : List.copyOf(objects.values())) {
      if (kind(item, "invoiceitem")
          && !item.hasNonNull("invoice")
          && item.path("customer").asText().equals(o.path("customer").asText())) {
        invoices.put(invoice, item);
      }
    }
  }

  static String currency(ObjectNode subscription) {
    return subscription.path("items").path("data").path(0).path("price").path("currency").asText();
  }
}
