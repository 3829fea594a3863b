package dev.tollgate.billing.fake;

import static dev.tollgate.billing.fake.Objects.kind;
import static dev.tollgate.billing.fake.Objects.same;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Refunds and disputes, which are listed in pages, and what payments have paid. */
final class Adjustments {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Objects objects;
  private int pageSize = 100;

  Adjustments(Objects objects) {
    this.objects = objects;
  }

  /** Pages have no more than so many, whatever is asked for. */
  void pages(int size) {
    pageSize = size;
  }

  JsonNode answer(String kind, List<String> parts, ObjectNode form) {
    return parts.size() == 2
        ? withCharge(objects.get(parts.get(1)), "charge", form)
        : page(kind, form);
  }

  /** Refunds or disputes, the newest first, in pages; with their charges for who asks for them. */
  private JsonNode page(String kind, ObjectNode form) {
    var after = form.path("starting_after").asText();
    if (!after.isEmpty()) {
      objects.get(after);
    }
    var found =
        new ArrayList<>(
            objects.values().stream()
                .filter(o -> kind(o, kind) && same(o, "charge", form.path("charge")))
                .filter(
                    o -> o.path("created").asLong() >= form.path("created").path("gte").asLong())
                .toList());
    Collections.reverse(found);
    var ids = found.stream().map(o -> o.get("id").asText()).toList();
    int from = after.isEmpty() ? 0 : ids.indexOf(after) + 1;
    int to = Math.min(found.size(), from + Math.min(pageSize, form.path("limit").asInt(10)));
    var list = JSON.createObjectNode().put("object", "list").put("has_more", to < found.size());
    list.put("url", "/v1/" + kind + "s");
    var data = list.putArray("data");
    found.subList(from, to).forEach(o -> data.add(withCharge(o, "data.charge", form)));
    return list;
  }

  /** What a payment intent has paid. */
  JsonNode paid(ObjectNode form) {
    var payment = form.path("payment");
    if (!payment.path("type").asText().equals("payment_intent")) {
      throw new Refused(400, "payment[type]", "payment[type] is payment_intent");
    }
    var list = JSON.createObjectNode().put("object", "list").put("has_more", false);
    list.put("url", "/v1/invoice_payments");
    var data = list.putArray("data");
    objects.values().stream()
        .filter(o -> kind(o, "invoice_payment"))
        .filter(
            o -> o.path("payment").path("payment_intent").equals(payment.path("payment_intent")))
        .forEach(data::add);
    return list;
  }

  private ObjectNode withCharge(ObjectNode o, String expand, ObjectNode form) {
    if (!form.path("expand").path(0).asText().equals(expand) || !o.hasNonNull("charge")) {
      return o;
    }
    var shown = o.deepCopy();
    shown.set("charge", objects.get(o.path("charge").asText()));
    return shown;
  }
}
