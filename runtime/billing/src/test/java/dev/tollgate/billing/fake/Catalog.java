package dev.tollgate.billing.fake;

import static dev.tollgate.billing.fake.Objects.kind;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Products and prices: one price has a lookup key, and its amount never changes. */
final class Catalog {

  private final Objects objects;

  Catalog(Objects objects) {
    this.objects = objects;
  }

  JsonNode products(boolean post, List<String> parts, ObjectNode form) {
    if (!post) {
      return parts.size() == 2
          ? objects.get(parts.get(1))
          : objects.list(o -> kind(o, "product") && o.path("active").asBoolean());
    }
    if (parts.size() == 2) {
      var o = objects.get(parts.get(1));
      form.properties().forEach(e -> o.set(e.getKey(), e.getValue()));
      return o;
    }
    var id = form.path("id").asText();
    if (objects.has(id)) {
      throw new Refused(400, "resource_already_exists", "Product already exists.");
    }
    var o = objects.create("product", "prod", form).put("active", true);
    // it was made under an id of the fake's own
    objects.name(o, id);
    return o;
  }

  JsonNode prices(boolean post, List<String> parts, ObjectNode form) {
    if (!post) {
      if (parts.size() == 2) {
        return objects.get(parts.get(1));
      }
      var wanted = form.path("lookup_keys").path(0).asText();
      return objects.list(o -> kind(o, "price") && o.path("lookup_key").asText().equals(wanted));
    }
    if (parts.size() == 2) {
      if (form.has("unit_amount") || form.has("tiers") || form.has("currency")) {
        throw new Refused(400, "parameter_unknown", "a price's amount cannot be changed");
      }
      var o = objects.get(parts.get(1));
      o.put("active", form.path("active").asBoolean(true));
      return o;
    }
    var lookup = form.path("lookup_key").asText();
    if (objects.values().stream()
        .anyMatch(o -> kind(o, "price") && o.path("lookup_key").asText().equals(lookup))) {
      throw new Refused(400, "lookup_key_taken", "A price already uses that lookup key.");
    }
    objects.get(form.path("product").asText());
    var recurring = form.path("recurring");
    if (recurring.path("usage_type").asText().equals("metered")) {
      objects.get(recurring.path("meter").asText());
      var tiers = form.path("tiers");
      if (!tiers.path(tiers.size() - 1).path("up_to").asText().equals("inf")) {
        throw new Refused(400, "", "the last tier must be up to inf");
      }
    }
    var price = objects.create("price", "price", form).put("active", true);
    if (price.has("tiers")) {
      // shown only to who asks for them
      price.set("_tiers", price.remove("tiers"));
    }
    return price;
  }
}
