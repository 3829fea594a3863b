package dev.tollgate.billing.fake;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Stripe as far as billing uses it, with the rules that matter: a key stands for one request for a
 * day and its answer is stored; meter events are unique by identifier for a day and lie within 35
 * days; prices have one lookup key each and do not change; there is one active meter of an event
 * name; invoices are drafts for an hour after a period's end and count what the meters hold when
 * they are finished; a change of price within a period is prorated. Its clock is moved by the test.
 */
public final class FakeStripe implements AutoCloseable {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** What goes wrong with the next request that matches. */
  public enum Trouble {
    /** 429, nothing done. */
    TOO_MANY,
    /** 403: the key may not do this; nothing done. */
    DENIED,
    /** The work is done and the connection ends without an answer. */
    NO_ANSWER,
    /** 502 with a page of a proxy before Stripe; nothing done. */
    PAGE,
    /** 500, nothing done; the answer is stored under the key, as all are. */
    BROKEN
  }

  private final Objects objects;
  private final Meters meters;
  private final Catalog catalog;
  private final Customers customers;
  private final Invoices invoices;
  private final Subscriptions subscriptions;
  private final Adjustments adjustments;
  private final FakeServer server;

  public FakeStripe(Instant now) {
    objects = new Objects(now);
    meters = new Meters(objects);
    catalog = new Catalog(objects);
    customers = new Customers(objects);
    invoices = new Invoices(objects, meters);
    subscriptions = new Subscriptions(objects, meters, invoices);
    adjustments = new Adjustments(objects);
    server = new FakeServer(this, this::route, objects::now);
  }

  public URI base() {
    return server.base();
  }

  @Override
  public void close() {
    server.close();
  }

  /**
   * Called when a request has come in and nothing is done, and when it is done and not answered.
   */
  public void around(Runnable before, Runnable after) {
    server.around(before, after);
  }

  /** The next request whose method and path match goes wrong. */
  public synchronized void trouble(String request, Trouble trouble) {
    server.trouble(request, trouble);
  }

  /** Pages of refunds and disputes have no more than so many, whatever is asked for. */
  public synchronized void pages(int size) {
    adjustments.pages(size);
  }

  public synchronized List<String> requests() {
    return server.requests();
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
    return List.copyOf(meters.events());
  }

  /** Forgets a meter event, as if it had been lost on the way to the count. */
  public synchronized void lose(int index) {
    meters.events().remove(index);
  }

  public Instant now() {
    return objects.now();
  }

  /** Its time as a clock, in UTC. */
  public Clock clock() {
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
      objects.now(earliest);
      for (var o : List.copyOf(objects.values())) {
        var kind = o.get("object").asText();
        if (kind.equals("subscription")
            && o.path("_period_end").asLong() <= earliest.getEpochSecond()
            && !o.get("status").asText().equals("canceled")) {
          subscriptions.renew(o);
        } else if (kind.equals("invoice")
            && o.get("status").asText().equals("draft")
            && o.path("_finish").asLong() > 0
            && o.path("_finish").asLong() <= earliest.getEpochSecond()) {
          invoices.finish(o);
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
  public synchronized void change(String id, Consumer<ObjectNode> change) {
    change.accept(objects.get(id));
  }

  /** An object is not known any more, as after a change of the account. */
  public synchronized void forget(String id) {
    objects.remove(id);
  }

  /** Puts an object there that somebody made by hand. */
  public synchronized String put(String kind, String prefix, Map<String, Object> members) {
    var o = objects.make(kind, prefix);
    members.forEach((name, value) -> o.set(name, JSON.valueToTree(value)));
    return o.get("id").asText();
  }

  /**
   * The customer leaves a payment method at a checkout.
   *
   * @return the payment method
   */
  public synchronized String complete(String session) {
    return customers.complete(session);
  }

  private JsonNode route(String request, ObjectNode form) {
    var space = request.indexOf(' ');
    boolean post = request.startsWith("POST");
    var parts = List.of(request.substring(space + 5).split("/"));
    var kind = parts.getFirst();
    return switch (kind) {
      case "customers" -> customers.answer(post, parts, form);
      case "products" -> catalog.products(post, parts, form);
      case "prices" -> catalog.prices(post, parts, form);
      case "billing" -> billing(post, parts, form);
      case "subscriptions" -> subscriptions.subscriptions(post, parts, form);
      case "subscription_schedules" -> subscriptions.schedules(post, parts, form);
      case "invoices" -> invoices.invoices(post, parts, form);
      case "invoiceitems" -> invoices.items(post, form);
      case "charges", "setup_intents" -> objects.get(parts.get(1));
      case "refunds" -> adjustments.answer("refund", parts, form);
      case "invoice_payments" -> adjustments.paid(form);
      case "disputes" -> adjustments.answer("dispute", parts, form);
      case "checkout" -> customers.checkout(post, parts, form);
      case "billing_portal" -> customers.portal(form);
      default -> throw new Refused(404, "", "no such path " + request);
    };
  }

  private JsonNode billing(boolean post, List<String> parts, ObjectNode form) {
    return switch (parts.get(1)) {
      case "meters" -> meters.meters(post, parts, form);
      case "meter_events" -> meters.event(form);
      case "credit_grants" -> customers.credits(post, form);
      default -> throw new Refused(404, "", "no such path");
    };
  }
}
