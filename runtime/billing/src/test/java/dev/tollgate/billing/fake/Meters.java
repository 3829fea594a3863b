package dev.tollgate.billing.fake;

import static dev.tollgate.billing.fake.Objects.kind;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Meters and their events, which are unique by identifier for a day and lie within 35 days; and
 * what was counted, by the tiers of a price.
 */
final class Meters {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Map<String, Instant> identifiers = new HashMap<>();
  private final List<ObjectNode> events = new ArrayList<>();
  private final Objects objects;

  Meters(Objects objects) {
    this.objects = objects;
  }

  /** Events that were counted. */
  List<ObjectNode> events() {
    return events;
  }

  JsonNode meters(boolean post, List<String> parts, ObjectNode form) {
    if (parts.size() == 4) {
      return summaries(objects.get(parts.get(2)), form);
    }
    if (!post) {
      return objects.list(o -> kind(o, "billing.meter"));
    }
    var name = form.path("event_name").asText();
    if (objects.values().stream()
        .anyMatch(o -> kind(o, "billing.meter") && o.path("event_name").asText().equals(name))) {
      throw new Refused(400, "", "There is already an active meter for event name " + name);
    }
    return objects.create("billing.meter", "mtr", form).put("status", "active");
  }

  JsonNode event(ObjectNode form) {
    var identifier = form.path("identifier").asText();
    var at = Instant.ofEpochSecond(form.path("timestamp").asLong());
    var before = identifiers.get(identifier);
    if (before != null && before.plus(Duration.ofHours(24)).isAfter(objects.now())) {
      throw new Refused(
          400,
          "duplicate_meter_event",
          "An event already exists with identifier " + identifier + ".");
    }
    if (at.isBefore(objects.now().minus(Duration.ofDays(35)))
        || at.isAfter(objects.now().plus(Duration.ofMinutes(5)))) {
      throw new Refused(400, "timestamp_too_far", "The timestamp is out of range: " + at);
    }
    if (identifier.length() > 100) {
      throw new Refused(400, "", "The identifier is too long");
    }
    objects.get(form.path("payload").path("stripe_customer_id").asText());
    new BigDecimal(form.path("payload").path("value").asText()).longValueExact();
    identifiers.put(identifier, objects.now());
    form.put("object", "billing.meter_event");
    form.put("livemode", false).put("created", objects.now().getEpochSecond());
    events.add(form);
    return form;
  }

  private JsonNode summaries(ObjectNode meter, ObjectNode form) {
    long from = form.path("start_time").asLong();
    long to = form.path("end_time").asLong();
    if (from % 60 != 0 || to % 60 != 0) {
      throw new Refused(400, "", "times must align with minute boundaries");
    }
    var list = JSON.createObjectNode().put("object", "list").put("has_more", false);
    list.put("url", "/v1/list");
    var summary = list.putArray("data").addObject();
    summary.put("id", "mtrusg_1").put("object", "billing.meter_event_summary");
    summary.put("start_time", from).put("end_time", to);
    summary.put("aggregated_value", sum(meter, form.path("customer").asText(), from, to));
    return list;
  }

  private long sum(ObjectNode meter, String customer, long from, long to) {
    return events.stream()
        .filter(e -> e.path("event_name").asText().equals(meter.path("event_name").asText()))
        .filter(e -> e.path("payload").path("stripe_customer_id").asText().equals(customer))
        .filter(e -> e.path("timestamp").asLong() >= from && e.path("timestamp").asLong() < to)
        .mapToLong(e -> Long.parseLong(e.path("payload").path("value").asText()))
        .sum();
  }

  /** What was used within a tier, and what it comes to. */
  record Tier(long units, long amount) {}

  /** What a meter holds of a customer between two moments, by the tiers of a price. */
  List<Tier> tiers(JsonNode price, String customer, long from, long to) {
    long units =
        sum(objects.get(price.path("recurring").path("meter").asText()), customer, from, to);
    List<Tier> tiers = new ArrayList<>();
    long below = 0;
    for (var tier : price.path("_tiers")) {
      var end = tier.path("up_to").asText();
      long upTo = end.equals("inf") ? Long.MAX_VALUE : Long.parseLong(end);
      long inTier = Math.max(0, Math.min(units, upTo) - below);
      var amount =
          new BigDecimal(tier.path("unit_amount_decimal").asText())
              .multiply(BigDecimal.valueOf(inTier))
              .setScale(0, RoundingMode.HALF_UP)
              .longValueExact();
      tiers.add(new Tier(inTier, amount));
      below = upTo;
    }
    return tiers;
  }

  static boolean metered(JsonNode price) {
    return price.path("recurring").path("usage_type").asText().equals("metered");
  }
}
