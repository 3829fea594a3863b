package dev.tollgate.billing.fake;

import static dev.tollgate.billing.fake.Objects.kind;
import static dev.tollgate.billing.fake.Objects.same;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Invoices and their items: drafts for an hour after a period's end, which count what the meters
 * hold when they are finished.
 */
final class Invoices {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Objects objects;
  private final Meters meters;

  Invoices(Objects objects, Meters meters) {
    this.objects = objects;
    this.meters = meters;
  }

  JsonNode invoices(boolean post, List<String> parts, ObjectNode form) {
    if (!post) {
      if (parts.size() == 1) {
        long after = form.path("created").path("gte").asLong();
        return objects.list(o ->
            kind(o, "invoice")
                && same(o, "customer", form.path("customer"))
                && same(o, "subscription", form.path("subscription"))
                && o.path("created").asLong() >= after);
      }
      var o = objects.get(parts.get(1));
      if (parts.size() == 3) {
        var list = JSON.createObjectNode().put("object", "list").put("has_more", false);
        list.put("url", "/v1/list");
        return list.set("data", o.get("_lines"));
      }
      return o;
    }
    if (parts.size() == 3) {
      var o = objects.get(parts.get(1));
      if (!o.get("status").asText().equals("draft")) {
        throw new Refused(400, "", "The invoice is finalized already");
      }
      finish(o);
      return o;
    }
    var o = objects.make("invoice", "in");
    form.properties().forEach(e -> o.set(e.getKey(), e.getValue()));
    o.put("billing_reason", "manual").put("status", "draft");
    o.put("period_start", objects.now().getEpochSecond())
        .put("period_end", objects.now().getEpochSecond());
    o.put("amount_paid", 0).put("total", 0).put("attempt_count", 0);
    o.put("_days", form.path("days_until_due").asInt());
    o.putArray("_lines");
    return o;
  }

  /** A draft for a subscription. */
  ObjectNode invoice(ObjectNode subscription, String reason, long from, long to) {
    var o = objects.make("invoice", "in");
    o.put("customer", subscription.path("customer").asText());
    o.put("subscription", subscription.get("id").asText());
    o.put("billing_reason", reason).put("status", "draft");
    o.put("period_start", from).put("period_end", to);
    o.put("currency", Subscriptions.currency(subscription));
    o.put("amount_paid", 0).put("total", 0).put("attempt_count", 0);
    o.put("_days", subscription.path("days_until_due").asInt());
    o.putArray("_lines");
    return o;
  }

  /**
   * @param price null when the line is of none
   */
  ObjectNode line(ObjectNode invoice, String price, long quantity, long amount, String what) {
    var line = ((ArrayNode) invoice.get("_lines")).addObject();
    line.put("id", "il_" + objects.number()).put("object", "line_item").put("amount", amount);
    line.put("quantity", quantity)
        .put("description", what)
        .put("currency", invoice.path("currency").asText());
    if (price != null) {
      line.putObject("pricing")
          .put("type", "price_details")
          .putObject("price_details")
          .put("price", price);
    }
    invoice.put("total", invoice.path("total").asLong() + amount);
    return line;
  }

  /** Counts what the meters hold, and makes the invoice final. */
  void finish(ObjectNode invoice) {
    for (var item : invoice.path("_metered")) {
      var price = item.path("price");
      if (!Meters.metered(price)) {
        continue;
      }
      long from = Math.max(invoice.path("period_start").asLong(), item.path("_since").asLong());
      long to = invoice.path("period_end").asLong();
      for (var tier : meters.tiers(price, invoice.path("customer").asText(), from, to)) {
        line(invoice, price.path("id").asText(), tier.units(), tier.amount(), "tier");
      }
    }
    invoice.remove("_metered");
    invoice.put("_finish", 0);
    invoice.put("number", "T-" + objects.number());
    invoice.put("hosted_invoice_url", "https://invoice.example/" + invoice.get("id").asText());
    if (invoice.path("total").asLong() <= 0) {
      invoice.put("status", "paid");
    } else {
      invoice.put("status", "open");
      invoice.put(
          "due_date", objects.now().getEpochSecond() + 86400L * invoice.path("_days").asInt());
    }
  }

  private JsonNode item(ObjectNode form) {
    objects.get(form.path("customer").asText());
    Long.parseLong(form.path("amount").asText());
    var o = objects.create("invoiceitem", "ii", form);
    if (form.has("invoice")) {
      var invoice = objects.get(form.path("invoice").asText());
      if (!invoice.get("status").asText().equals("draft")) {
        throw new Refused(400, "invoice_not_editable", "The invoice can no longer be changed");
      }
      line(invoice, null, 1, form.path("amount").asLong(), form.path("description").asText())
          .put("_item", o.get("id").asText());
    }
    return o;
  }

  /** An item goes on a draft. */
  void put(ObjectNode invoice, ObjectNode item) {
    item.put("invoice", invoice.get("id").asText());
    line(invoice, null, 1, item.path("amount").asLong(), item.path("description").asText())
        .put("_item", item.get("id").asText());
  }

  JsonNode items(boolean post, ObjectNode form) {
    return post
        ? item(form)
        : objects.list(o -> kind(o, "invoiceitem") && same(o, "customer", form.path("customer")));
  }
}
