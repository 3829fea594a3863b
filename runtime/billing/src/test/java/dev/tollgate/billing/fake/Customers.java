package dev.tollgate.billing.fake;

import static dev.tollgate.billing.fake.Objects.kind;
import static dev.tollgate.billing.fake.Objects.same;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.regex.Pattern;

/** Customers, what they leave at checkouts, and their credit. */
final class Customers {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Objects objects;

  Customers(Objects objects) {
    this.objects = objects;
  }

  JsonNode answer(boolean post, List<String> parts, ObjectNode form) {
    if (parts.size() == 2 && parts.get(1).equals("search")) {
      return search(form);
    }
    return post ? objects.create("customer", "cus", form) : objects.get(parts.get(1));
  }

  private JsonNode search(ObjectNode form) {
    var query = Pattern.compile("metadata\\['(.*)'\\]:'(.*)'").matcher(form.path("query").asText());
    if (!query.matches()) {
      throw new Refused(400, "", "bad query");
    }
    var result =
        objects.list(o ->
            kind(o, "customer")
                // what was made in the last minute is not in the index yet
                && o.get("created").asLong() < objects.now().minusSeconds(60).getEpochSecond()
                && o.path("metadata").path(query.group(1)).asText().equals(query.group(2)));
    return result.put("object", "search_result");
  }

  JsonNode checkout(boolean post, List<String> parts, ObjectNode form) {
    if (post) {
      return objects
          .create("checkout.session", "cs", form)
          .put("url", "https://checkout.example/pay")
          .put("status", "open");
    }
    if (parts.size() == 3) {
      return objects.get(parts.get(2));
    }
    var list =
        objects.list(o ->
            kind(o, "checkout.session")
                && same(o, "customer", form.path("customer"))
                && same(o, "status", form.path("status")));
    // the newest first
    var sessions = JSON.createArrayNode();
    list.path("data").valueStream().forEach(session -> sessions.insert(0, session.deepCopy()));
    if (form.path("expand").path(0).asText().equals("data.setup_intent.payment_method")) {
      for (var session : sessions) {
        var intent = objects.get(session.path("setup_intent").asText()).deepCopy();
        intent.set("payment_method", objects.get(intent.path("payment_method").asText()));
        ((ObjectNode) session).set("setup_intent", intent);
      }
    }
    list.set("data", sessions);
    return list;
  }

  /**
   * The customer leaves a payment method at a checkout.
   *
   * @return the payment method
   */
  String complete(String session) {
    var method = objects.make("payment_method", "pm").get("id").asText();
    var intent =
        objects.make("setup_intent", "seti").put("payment_method", method).get("id").asText();
    objects.get(session).put("status", "complete").put("setup_intent", intent);
    return method;
  }

  private JsonNode credit(ObjectNode form) {
    if (form.has("expires_at")
        && form.path("expires_at").asLong() <= objects.now().getEpochSecond()) {
      throw new Refused(400, "", "expires_at must be in the future");
    }
    return objects.create("billing.credit_grant", "credgr", form);
  }

  JsonNode credits(boolean post, ObjectNode form) {
    return post
        ? credit(form)
        : objects.list(
            o -> kind(o, "billing.credit_grant") && same(o, "customer", form.path("customer")));
  }

  JsonNode portal(ObjectNode form) {
    return objects
        .create("billing_portal.session", "bps", form)
        .put("url", "https://portal.example/p");
  }
}
