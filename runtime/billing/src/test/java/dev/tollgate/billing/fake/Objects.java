package dev.tollgate.billing.fake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * All objects by their ids, and the time. Who calls holds the lock of {@link FakeStripe}; what is
 * given out is the object itself.
 */
final class Objects {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Map<String, ObjectNode> byId = new LinkedHashMap<>();
  private volatile Instant now;
  private int next;

  Objects(Instant now) {
    this.now = now;
  }

  Instant now() {
    return now;
  }

  void now(Instant moment) {
    now = moment;
  }

  /** A number that no other object has. */
  int number() {
    return ++next;
  }

  Collection<ObjectNode> values() {
    return byId.values();
  }

  boolean has(String id) {
    return byId.containsKey(id);
  }

  void remove(String id) {
    byId.remove(id);
  }

  /** An object gets the id that who makes it has chosen. */
  void name(ObjectNode object, String id) {
    byId.values().remove(object);
    byId.put(id, object);
  }

  static boolean kind(ObjectNode o, String kind) {
    return o.get("object").asText().equals(kind);
  }

  static boolean same(ObjectNode o, String member, JsonNode value) {
    return value.isMissingNode() || o.path(member).asText().equals(value.asText());
  }

  ObjectNode list(Predicate<ObjectNode> which) {
    var list = JSON.createObjectNode().put("object", "list").put("has_more", false);
    list.put("url", "/v1/list");
    var data = list.putArray("data");
    byId.values().stream().filter(which).forEach(data::add);
    return list;
  }

  /** An object that is new. */
  ObjectNode make(String kind, String prefix) {
    var o = JSON.createObjectNode();
    o.put("id", prefix + "_" + ++next);
    o.put("object", kind);
    o.put("created", now.getEpochSecond());
    o.put("livemode", false);
    o.putObject("metadata");
    byId.put(o.get("id").asText(), o);
    return o;
  }

  /** The same, as a form says. */
  ObjectNode create(String kind, String prefix, ObjectNode form) {
    var o = make(kind, prefix);
    form.properties().forEach(e -> o.set(e.getKey(), e.getValue()));
    return o;
  }

  ObjectNode get(String id) {
    var o = byId.get(id);
    if (o == null) {
      throw new Refused(404, "resource_missing", "No such object: '" + id + "'");
    }
    return o;
  }
}
