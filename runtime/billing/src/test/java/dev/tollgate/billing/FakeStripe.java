package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Stripe as far as billing uses it, with the rules that matter: a key stands for one request for a
 * day and its answer is stored; meter events are unique by identifier for a day and lie within 35
 * days; prices have one lookup key each and do not change; there is one active meter of an event
 * name; invoices are drafts for an hour after a period's end and count what the meters hold when
 * they are finished; a change of price within a period is prorated. Its clock is moved by the test.
 */
public final class FakeStripe implements AutoCloseable {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern PART = Pattern.compile("[^\\[\\]]+");

  /** What goes wrong with the next request that matches. */
  public enum Trouble {
    /** 429, nothing done. */
    TOO_MANY,
    /** The work is done and the connection ends without an answer. */
    NO_ANSWER,
    /** 500, nothing done; the answer is stored under the key, as all are. */
    BROKEN
  }

  static {
    // the JDK's client sends a POST again by itself when no answer came
    System.setProperty("sun.net.http.retryPost", "false");
  }

  private record Stored(String fingerprint, int status, String body, Instant at) {}

  private record Planned(Predicate<String> request, Trouble trouble) {}

  private final HttpServer server;
  private final Map<String, ObjectNode> objects = new LinkedHashMap<>();
  private final Map<String, Stored> keys = new HashMap<>();
  private final Map<String, Instant> identifiers = new HashMap<>();
  private final List<ObjectNode> events = new ArrayList<>();
  private final Deque<Planned> troubles = new ArrayDeque<>();
  private final List<String> requests = new ArrayList<>();
  private volatile Instant now;
  private volatile Runnable before = () -> {};
  private volatile Runnable after = () -> {};
  private int next;
  private int pageSize = 100;

  public FakeStripe(Instant now) {
    this.now = now;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  public URI base() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
  }

  /**
   * Called when a request has come in and nothing is done, and when it is done and not answered.
   */
  public void around(Runnable before, Runnable after) {
    this.before = before;
    this.after = after;
  }

  /** The next request whose method and path match goes wrong. */
  public synchronized void trouble(String request, Trouble trouble) {
    troubles.add(new Planned(r -> r.startsWith(request), trouble));
  }

  /** Pages of refunds and disputes have no more than so many, whatever is asked for. */
  synchronized void pages(int size) {
    pageSize = size;
  }

  public synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  /** Objects of a kind, such as {@code customer}, as they are now. */
  public synchronized List<ObjectNode> all(String kind) {
    return objects.values().stream()
        .filter(o -> o.get("object").asText().equals(kind))
        .map(ObjectNode::deepCopy)
        .toList();
  }

  /** Meter events that were counted. */
  public synchronized List<ObjectNode> events() {
    return List.copyOf(events);
  }

  /** Forgets a meter event, as if it had been lost on the way to the count. */
  public synchronized void lose(int index) {
    events.remove(index);
  }

  public synchronized Instant now() {
    return now;
  }

  /** Its time as a clock, in UTC. */
  Clock clock() {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return now();
      }
    };
  }

  /** Lets time pass: periods end, and drafts are finished an hour later. */
  public synchronized void advance(Instant to) {
    while (true) {
      Instant earliest = to;
      for (var o : all("subscription")) {
        earliest = min(earliest, instant(o.path("_period_end")));
      }
      for (var o : all("invoice")) {
        if (o.get("status").asText().equals("draft") && o.path("_finish").asLong() > 0) {
          earliest = min(earliest, instant(o.path("_finish")));
        }
      }
      now = earliest;
      for (var o : List.copyOf(objects.values())) {
        var kind = o.get("object").asText();
        if (kind.equals("subscription")
            && o.path("_period_end").asLong() <= now.getEpochSecond()
            && !o.get("status").asText().equals("canceled")) {
          renew(o);
        } else if (kind.equals("invoice")
            && o.get("status").asText().equals("draft")
            && o.path("_finish").asLong() > 0
            && o.path("_finish").asLong() <= now.getEpochSecond()) {
          finish(o);
        }
      }
      if (!earliest.isBefore(to)) {
        return;
      }
    }
  }

  private static Instant min(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static Instant instant(JsonNode seconds) {
    return seconds.asLong() == 0 ? Instant.MAX : Instant.ofEpochSecond(seconds.asLong());
  }

  /** Changes an object as its owner or a payment would. */
  public synchronized void change(String id, java.util.function.Consumer<ObjectNode> change) {
    change.accept(get(id));
  }

  /** An object is not known any more, as after a change of the account. */
  synchronized void forget(String id) {
    objects.remove(id);
  }

  /** Puts an object there that somebody made by hand. */
  public synchronized String put(String kind, String prefix, Map<String, Object> members) {
    var o = make(kind, prefix);
    members.forEach((name, value) -> o.set(name, JSON.valueToTree(value)));
    return o.get("id").asText();
  }

  /**
   * The customer leaves a payment method at a checkout.
   *
   * @return the payment method
   */
  public synchronized String complete(String session) {
    var method = make("payment_method", "pm").get("id").asText();
    var intent = make("setup_intent", "seti").put("payment_method", method).get("id").asText();
    get(session).put("status", "complete").put("setup_intent", intent);
    return method;
  }

  // requests

  private void handle(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    var request = exchange.getRequestMethod() + " " + path;
    var text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    var query = exchange.getRequestURI().getRawQuery();
    var key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
    before.run();
    Stored answer;
    boolean silent = false;
    synchronized (this) {
      requests.add(request);
      var trouble = trouble(request);
      if (trouble == Trouble.TOO_MANY) {
        answer = error(429, "rate_limit_error", "rate_limit", "slow down");
      } else {
        answer = once(key, request, text, query, trouble == Trouble.BROKEN);
        silent = trouble == Trouble.NO_ANSWER;
      }
    }
    after.run();
    if (silent) {
      exchange.close();
      return;
    }
    var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("Request-Id", "req_" + requests.size());
    exchange.sendResponseHeaders(answer.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private Trouble trouble(String request) {
    for (var planned : troubles) {
      if (planned.request().test(request)) {
        troubles.remove(planned);
        return planned.trouble();
      }
    }
    return null;
  }

  private Stored once(String key, String request, String body, String query, boolean broken) {
    if (key == null || !request.startsWith("POST")) {
      return broken ? error(500, "api_error", "", "broken") : answer(request, form(body, query));
    }
    var known = keys.get(key);
    if (known != null && known.at().plus(Duration.ofHours(24)).isAfter(now)) {
      return known.fingerprint().equals(request + body)
          ? known
          : error(
              400,
              "idempotency_error",
              "",
              "Keys for idempotent requests can only be used with the same parameters they were"
                  + " first used with.");
    }
    var answer =
        broken ? error(500, "api_error", "", "broken") : answer(request, form(body, query));
    if (answer.status() != 400 && answer.status() != 404) {
      keys.put(key, new Stored(request + body, answer.status(), answer.body(), now));
    }
    return answer;
  }

  private Stored error(int status, String type, String code, String message) {
    var error = JSON.createObjectNode();
    error.putObject("error").put("type", type).put("code", code).put("message", message);
    return new Stored("", status, error.toString(), now);
  }

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    final int status;
    final String code;

    Refused(int status, String code, String message) {
      super(message);
      this.status = status;
      this.code = code;
    }
  }

  private Stored answer(String request, ObjectNode form) {
    try {
      return new Stored("", 200, route(request, form).toString(), now);
    } catch (Refused e) {
      return error(e.status, "invalid_request_error", e.code, e.getMessage());
    }
  }

  private JsonNode route(String request, ObjectNode form) {
    var space = request.indexOf(' ');
    boolean post = request.startsWith("POST");
    var parts = List.of(request.substring(space + 5).split("/"));
    var kind = parts.getFirst();
    return switch (kind) {
      case "customers" ->
          parts.size() == 2 && parts.get(1).equals("search")
              ? search(form)
              : post ? create("customer", "cus", form) : get(parts.get(1));
      case "products" -> products(post, parts, form);
      case "prices" -> prices(post, parts, form);
      case "billing" -> billing(post, parts, form);
      case "subscriptions" -> subscriptions(post, parts, form);
      case "subscription_schedules" -> schedules(post, parts, form);
      case "invoices" -> invoices(post, parts, form);
      case "invoiceitems" ->
          post
              ? item(form)
              : list(o -> kind(o, "invoiceitem") && same(o, "customer", form.path("customer")));
      case "charges", "setup_intents" -> get(parts.get(1));
      case "refunds" ->
          parts.size() == 2 ? withCharge(get(parts.get(1)), "charge", form) : page("refund", form);
      case "disputes" ->
          parts.size() == 2 ? withCharge(get(parts.get(1)), "charge", form) : page("dispute", form);
      case "checkout" -> checkout(post, parts, form);
      case "billing_portal" ->
          create("billing_portal.session", "bps", form).put("url", "https://portal.example/p");
      default -> throw new Refused(404, "", "no such path " + request);
    };
  }

  private static boolean kind(ObjectNode o, String kind) {
    return o.get("object").asText().equals(kind);
  }

  private static boolean same(ObjectNode o, String member, JsonNode value) {
    return value.isMissingNode() || o.path(member).asText().equals(value.asText());
  }

  private JsonNode list(Predicate<ObjectNode> which) {
    var list = JSON.createObjectNode().put("object", "list").put("has_more", false);
    list.put("url", "/v1/list");
    var data = list.putArray("data");
    objects.values().stream().filter(which).map(FakeStripe::shown).forEach(data::add);
    return list;
  }

  /** Refunds or disputes, the newest first, in pages; with their charges for who asks for them. */
  private JsonNode page(String kind, ObjectNode form) {
    var after = form.path("starting_after").asText();
    if (!after.isEmpty()) {
      get(after);
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

  private ObjectNode withCharge(ObjectNode o, String expand, ObjectNode form) {
    if (!form.path("expand").path(0).asText().equals(expand) || !o.hasNonNull("charge")) {
      return o;
    }
    var shown = o.deepCopy();
    shown.set("charge", get(o.path("charge").asText()));
    return shown;
  }

  private static ObjectNode shown(ObjectNode o) {
    return o;
  }

  private ObjectNode make(String kind, String prefix) {
    var o = JSON.createObjectNode();
    o.put("id", prefix + "_" + ++next);
    o.put("object", kind);
    o.put("created", now.getEpochSecond());
    o.put("livemode", false);
    o.putObject("metadata");
    objects.put(o.get("id").asText(), o);
    return o;
  }

  private ObjectNode create(String kind, String prefix, ObjectNode form) {
    var o = make(kind, prefix);
    form.properties().forEach(e -> o.set(e.getKey(), e.getValue()));
    return o;
  }

  private ObjectNode get(String id) {
    var o = objects.get(id);
    if (o == null) {
      throw new Refused(404, "resource_missing", "No such object: '" + id + "'");
    }
    return o;
  }

  private JsonNode search(ObjectNode form) {
    var query = Pattern.compile("metadata\\['(.*)'\\]:'(.*)'").matcher(form.path("query").asText());
    if (!query.matches()) {
      throw new Refused(400, "", "bad query");
    }
    var result =
        (ObjectNode)
            list(o ->
                kind(o, "customer")
                    // what was made in the last minute is not in the index yet
                    && o.get("created").asLong() < now.minusSeconds(60).getEpochSecond()
                    && o.path("metadata").path(query.group(1)).asText().equals(query.group(2)));
    return result.put("object", "search_result");
  }

  private JsonNode products(boolean post, List<String> parts, ObjectNode form) {
    if (!post) {
      return parts.size() == 2
          ? get(parts.get(1))
          : list(o -> kind(o, "product") && o.path("active").asBoolean());
    }
    if (parts.size() == 2) {
      var o = get(parts.get(1));
      form.properties().forEach(e -> o.set(e.getKey(), e.getValue()));
      return o;
    }
    var id = form.path("id").asText();
    if (objects.containsKey(id)) {
      throw new Refused(400, "resource_already_exists", "Product already exists.");
    }
    var o = create("product", "prod", form).put("active", true);
    // it was made under an id of the fake's own
    objects.values().remove(o);
    objects.put(id, o);
    return o;
  }

  private JsonNode prices(boolean post, List<String> parts, ObjectNode form) {
    if (!post) {
      if (parts.size() == 2) {
        return get(parts.get(1));
      }
      var wanted = form.path("lookup_keys").path(0).asText();
      return list(o -> kind(o, "price") && o.path("lookup_key").asText().equals(wanted));
    }
    if (parts.size() == 2) {
      if (form.has("unit_amount") || form.has("tiers") || form.has("currency")) {
        throw new Refused(400, "parameter_unknown", "a price's amount cannot be changed");
      }
      var o = get(parts.get(1));
      o.put("active", form.path("active").asBoolean(true));
      return o;
    }
    var lookup = form.path("lookup_key").asText();
    if (objects.values().stream()
        .anyMatch(o -> kind(o, "price") && o.path("lookup_key").asText().equals(lookup))) {
      throw new Refused(400, "lookup_key_taken", "A price already uses that lookup key.");
    }
    get(form.path("product").asText());
    var recurring = form.path("recurring");
    if (recurring.path("usage_type").asText().equals("metered")) {
      get(recurring.path("meter").asText());
      var tiers = form.path("tiers");
      if (!tiers.path(tiers.size() - 1).path("up_to").asText().equals("inf")) {
        throw new Refused(400, "", "the last tier must be up to inf");
      }
    }
    var price = create("price", "price", form).put("active", true);
    if (price.has("tiers")) {
      // shown only to who asks for them
      price.set("_tiers", price.remove("tiers"));
    }
    return price;
  }

  private JsonNode billing(boolean post, List<String> parts, ObjectNode form) {
    return switch (parts.get(1)) {
      case "meters" -> {
        if (parts.size() == 4) {
          yield summaries(get(parts.get(2)), form);
        }
        if (!post) {
          yield list(o -> kind(o, "billing.meter"));
        }
        var name = form.path("event_name").asText();
        if (objects.values().stream()
            .anyMatch(
                o -> kind(o, "billing.meter") && o.path("event_name").asText().equals(name))) {
          throw new Refused(400, "", "There is already an active meter for event name " + name);
        }
        yield create("billing.meter", "mtr", form).put("status", "active");
      }
      case "meter_events" -> event(form);
      case "credit_grants" ->
          post
              ? credit(form)
              : list(o ->
                  kind(o, "billing.credit_grant") && same(o, "customer", form.path("customer")));
      default -> throw new Refused(404, "", "no such path");
    };
  }

  private JsonNode credit(ObjectNode form) {
    if (form.has("expires_at") && form.path("expires_at").asLong() <= now.getEpochSecond()) {
      throw new Refused(400, "", "expires_at must be in the future");
    }
    return create("billing.credit_grant", "credgr", form);
  }

  private JsonNode checkout(boolean post, List<String> parts, ObjectNode form) {
    if (post) {
      return create("checkout.session", "cs", form)
          .put("url", "https://checkout.example/pay")
          .put("status", "open");
    }
    if (parts.size() == 3) {
      return get(parts.get(2));
    }
    var list =
        (ObjectNode)
            list(o ->
                kind(o, "checkout.session")
                    && same(o, "customer", form.path("customer"))
                    && same(o, "status", form.path("status")));
    // the newest first
    var sessions = JSON.createArrayNode();
    list.path("data").valueStream().forEach(session -> sessions.insert(0, session.deepCopy()));
    if (form.path("expand").path(0).asText().equals("data.setup_intent.payment_method")) {
      for (var session : sessions) {
        var intent = get(session.path("setup_intent").asText()).deepCopy();
        intent.set("payment_method", get(intent.path("payment_method").asText()));
        ((ObjectNode) session).set("setup_intent", intent);
      }
    }
    list.set("data", sessions);
    return list;
  }

  private JsonNode event(ObjectNode form) {
    var identifier = form.path("identifier").asText();
    var at = Instant.ofEpochSecond(form.path("timestamp").asLong());
    var before = identifiers.get(identifier);
    if (before != null && before.plus(Duration.ofHours(24)).isAfter(now)) {
      throw new Refused(
          400,
          "duplicate_meter_event",
          "An event already exists with identifier " + identifier + ".");
    }
    if (at.isBefore(now.minus(Duration.ofDays(35)))
        || at.isAfter(now.plus(Duration.ofMinutes(5)))) {
      throw new Refused(400, "timestamp_too_far", "The timestamp is out of range: " + at);
    }
    if (identifier.length() > 100) {
      throw new Refused(400, "", "The identifier is too long");
    }
    get(form.path("payload").path("stripe_customer_id").asText());
    new BigDecimal(form.path("payload").path("value").asText()).longValueExact();
    identifiers.put(identifier, now);
    form.put("object", "billing.meter_event");
    form.put("livemode", false).put("created", now.getEpochSecond());
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

  private JsonNode subscriptions(boolean post, List<String> parts, ObjectNode form) {
    if (!post) {
      return parts.size() == 2
          ? get(parts.get(1))
          : list(o -> kind(o, "subscription") && same(o, "customer", form.path("customer")));
    }
    if (parts.size() == 2) {
      var o = get(parts.get(1));
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
    get(form.path("customer").asText());
    var config = form.path("billing_cycle_anchor_config");
    if (!config.has("day_of_month") || !config.has("hour")) {
      throw new Refused(400, "", "no anchor");
    }
    var o = make("subscription", "sub");
    form.properties().stream()
        .filter(e -> !e.getKey().equals("items"))
        .forEach(e -> o.set(e.getKey(), e.getValue()));
    o.put("status", "active");
    if (!o.has("billing_mode")) {
      o.putObject("billing_mode").put("type", "flexible");
    }
    long start = form.path("backdate_start_date").asLong(now.getEpochSecond());
    if (start > now.getEpochSecond()) {
      throw new Refused(400, "", "backdate_start_date must be in the past");
    }
    period(o, start, occurrence(o, now));
    items(o, form.path("items"));
    var invoice = invoice(o, "subscription_create", now.getEpochSecond(), now.getEpochSecond());
    line(invoice, null, 1, 1, "prorated fee");
    finish(invoice);
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
      var price = get(item.path("price").asText());
      boolean metered = price.path("recurring").path("usage_type").asText().equals("metered");
      if (metered && item.has("quantity")) {
        throw new Refused(400, "", "a metered price has no quantity");
      }
      var line = data.addObject().put("id", "si_" + ++next).put("object", "subscription_item");
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
        line.put("id", "si_" + ++next).put("object", "subscription_item");
        line.set("current_period_start", o.get("_period_start"));
        line.set("current_period_end", o.get("_period_end"));
      }
      var price = get(change.path("price").asText());
      if (!price.path("currency").asText().equals(currency(o))) {
        throw new Refused(400, "", "all prices of a subscription have one currency");
      }
      line.set("price", price.deepCopy());
      line.put("_since", now.getEpochSecond());
      if (!metered(price)) {
        line.put("quantity", change.path("quantity").asLong(1));
        if (prorated) {
          rest(o, line, 1).ifPresent(items::add);
        }
      }
    }
    if (behavior.equals("always_invoice") && !items.isEmpty()) {
      var invoice = invoice(o, "subscription_update", now.getEpochSecond(), now.getEpochSecond());
      items.forEach(item -> put(invoice, item));
      finish(invoice);
    }
  }

  private static boolean metered(JsonNode price) {
    return price.path("recurring").path("usage_type").asText().equals("metered");
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
    if (!metered(price)) {
      amount =
          new BigDecimal(price.path("unit_amount_decimal").asText("0"))
              .multiply(BigDecimal.valueOf(end - now.getEpochSecond()))
              .divide(BigDecimal.valueOf(end - start), 0, RoundingMode.HALF_UP)
              .longValueExact();
    } else if (o.path("billing_mode").path("type").asText().equals("flexible")) {
      long since = Math.max(o.path("_period_start").asLong(), line.path("_since").asLong());
      amount =
          tiers(price, o.path("customer").asText(), since, now.getEpochSecond()).stream()
              .mapToLong(Tier::amount)
              .sum();
    } else {
      return Optional.empty();
    }
    var item = make("invoiceitem", "ii");
    item.set("customer", o.get("customer"));
    item.put("amount", metered(price) ? amount : sign * amount).put("proration", true);
    item.put("description", metered(price) ? "Usage" : "Remaining time");
    return Optional.of(item);
  }

  private void put(ObjectNode invoice, ObjectNode item) {
    item.put("invoice", invoice.get("id").asText());
    line(invoice, null, 1, item.path("amount").asLong(), item.path("description").asText())
        .put("_item", item.get("id").asText());
  }

  private JsonNode schedules(boolean post, List<String> parts, ObjectNode form) {
    if (parts.size() == 1) {
      var subscription = get(form.path("from_subscription").asText());
      if (subscription.hasNonNull("schedule")) {
        throw new Refused(400, "", "The subscription has a schedule");
      }
      var o = make("subscription_schedule", "sub_sched");
      o.put("subscription", subscription.get("id").asText()).put("status", "active");
      subscription.put("schedule", o.get("id").asText());
      return o;
    }
    var o = get(parts.get(1));
    if (parts.size() == 3) {
      get(o.get("subscription").asText()).putNull("schedule");
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
  private void renew(ObjectNode o) {
    long start = o.path("_period_start").asLong();
    long end = o.path("_period_end").asLong();
    boolean ends = o.path("cancel_at_period_end").asBoolean();
    var invoice = invoice(o, "subscription_cycle", start, end);
    invoice.put("_finish", end + 3600);
    invoice.set("_metered", o.path("items").path("data").deepCopy());
    if (o.hasNonNull("schedule")) {
      var schedule = get(o.get("schedule").asText());
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
          line(
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
        put(invoice, item);
      }
    }
  }

  private ObjectNode invoice(ObjectNode subscription, String reason, long from, long to) {
    var o = make("invoice", "in");
    o.put("customer", subscription.path("customer").asText());
    o.put("subscription", subscription.get("id").asText());
    o.put("billing_reason", reason).put("status", "draft");
    o.put("period_start", from).put("period_end", to);
    o.put("currency", currency(subscription));
    o.put("amount_paid", 0).put("total", 0).put("attempt_count", 0);
    o.put("_days", subscription.path("days_until_due").asInt());
    o.putArray("_lines");
    return o;
  }

  private String currency(ObjectNode subscription) {
    return subscription.path("items").path("data").path(0).path("price").path("currency").asText();
  }

  private ObjectNode line(
      ObjectNode invoice, String price, long quantity, long amount, String what) {
    var line = ((ArrayNode) invoice.get("_lines")).addObject();
    line.put("id", "il_" + ++next).put("object", "line_item").put("amount", amount);
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
  private void finish(ObjectNode invoice) {
    for (var item : invoice.path("_metered")) {
      var price = item.path("price");
      if (!metered(price)) {
        continue;
      }
      long from = Math.max(invoice.path("period_start").asLong(), item.path("_since").asLong());
      long to = invoice.path("period_end").asLong();
      for (var tier : tiers(price, invoice.path("customer").asText(), from, to)) {
        line(invoice, price.path("id").asText(), tier.units(), tier.amount(), "tier");
      }
    }
    invoice.remove("_metered");
    invoice.put("_finish", 0);
    invoice.put("number", "T-" + ++next);
    invoice.put("hosted_invoice_url", "https://invoice.example/" + invoice.get("id").asText());
    if (invoice.path("total").asLong() <= 0) {
      invoice.put("status", "paid");
    } else {
      invoice.put("status", "open");
      invoice.put("due_date", now.getEpochSecond() + 86400L * invoice.path("_days").asInt());
    }
  }

  private record Tier(long units, long amount) {}

  /** What a meter holds of a customer between two moments, by the tiers of a price. */
  private List<Tier> tiers(JsonNode price, String customer, long from, long to) {
    long units = sum(get(price.path("recurring").path("meter").asText()), customer, from, to);
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

  private JsonNode item(ObjectNode form) {
    get(form.path("customer").asText());
    Long.parseLong(form.path("amount").asText());
    var o = create("invoiceitem", "ii", form);
    if (form.has("invoice")) {
      var invoice = get(form.path("invoice").asText());
      if (!invoice.get("status").asText().equals("draft")) {
        throw new Refused(400, "invoice_not_editable", "The invoice can no longer be changed");
      }
      line(invoice, null, 1, form.path("amount").asLong(), form.path("description").asText())
          .put("_item", o.get("id").asText());
    }
    return o;
  }

  private JsonNode invoices(boolean post, List<String> parts, ObjectNode form) {
    if (!post) {
      if (parts.size() == 1) {
        long after = form.path("created").path("gte").asLong();
        return list(o ->
            kind(o, "invoice")
                && same(o, "customer", form.path("customer"))
                && same(o, "subscription", form.path("subscription"))
                && o.path("created").asLong() >= after);
      }
      var o = get(parts.get(1));
      if (parts.size() == 3) {
        var list = JSON.createObjectNode().put("object", "list").put("has_more", false);
        list.put("url", "/v1/list");
        return list.set("data", o.get("_lines"));
      }
      return o;
    }
    if (parts.size() == 3) {
      var o = get(parts.get(1));
      if (!o.get("status").asText().equals("draft")) {
        throw new Refused(400, "", "The invoice is finalized already");
      }
      finish(o);
      return o;
    }
    var o = make("invoice", "in");
    form.properties().forEach(e -> o.set(e.getKey(), e.getValue()));
    o.put("billing_reason", "manual").put("status", "draft");
    o.put("period_start", now.getEpochSecond()).put("period_end", now.getEpochSecond());
    o.put("amount_paid", 0).put("total", 0).put("attempt_count", 0);
    o.put("_days", form.path("days_until_due").asInt());
    o.putArray("_lines");
    return o;
  }

  // the form of a request as a tree

  private static ObjectNode form(String body, String query) {
    var flat = new TreeMap<String, String>();
    for (var text : new String[] {body, query == null ? "" : query}) {
      for (var pair : text.split("&", -1)) {
        if (!pair.isEmpty()) {
          int at = pair.indexOf('=');
          flat.put(
              URLDecoder.decode(pair.substring(0, at), StandardCharsets.UTF_8),
              URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8));
        }
      }
    }
    var root = JSON.createObjectNode();
    flat.forEach((name, value) -> put(root, name, value));
    return (ObjectNode) arrays(root);
  }

  private static void put(ObjectNode root, String name, String value) {
    var parts = PART.matcher(name).results().map(r -> r.group()).toList();
    var node = root;
    for (var part : parts.subList(0, parts.size() - 1)) {
      node = node.withObjectProperty(part);
    }
    node.put(parts.getLast(), value);
  }

  /** Objects whose members are numbered are arrays. */
  private static JsonNode arrays(JsonNode node) {
    if (!(node instanceof ObjectNode object)) {
      return node;
    }
    var result = JSON.createObjectNode();
    object.properties().forEach(e -> result.set(e.getKey(), arrays(e.getValue())));
    if (!result.isEmpty()
        && result.properties().stream().allMatch(e -> e.getKey().matches("\\d+"))) {
      var array = JSON.createArrayNode();
      for (int i = 0; i < result.size(); i++) {
        array.add(result.get(Integer.toString(i)));
      }
      return array;
    }
    return result;
  }
}
