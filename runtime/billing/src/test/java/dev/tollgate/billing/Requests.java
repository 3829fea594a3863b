package dev.tollgate.billing;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.stripe.net.Webhook;
import dev.tollgate.billing.fake.FakeStripe;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What others ask of billing, again and again until it is answered: events that Stripe posts, in
 * any order and some of them once more, credit of the administrator, the tenant's checkout.
 */
final class Requests {

  /** Of so many answers to events Stripe does not get one, and posts the event again. */
  private static final int LOST = 4;

  private final FakeStripe stripe;
  private final Random random;
  private final List<Request> open = new ArrayList<>();
  private int events;

  /**
   * @param text as {@link BillingProcess} is told; of an event the body alone
   */
  record Request(String text, boolean event) {}

  Requests(FakeStripe stripe, Random random) {
    this.stripe = stripe;
    this.random = random;
  }

  /** Credit that the administrator asks for. */
  static Request credit(String key, long cents) {
    return new Request(BillingProcess.CREDIT + " " + key + " " + cents, false);
  }

  /** A checkout that the tenant asks for. */
  static Request checkout() {
    return new Request(BillingProcess.CHECKOUT, false);
  }

  /** Asked until it is answered. */
  void ask(Request request) {
    open.add(request);
  }

  /** Stripe tells of an object. */
  void event(String type, ObjectNode object) {
    var body = JsonNodeFactory.instance.objectNode();
    body.put("id", "evt_" + ++events).put("type", type);
    body.putObject("data").set("object", object);
    ask(new Request(body.toString(), true));
  }

  /** The same, or the event is lost for good. */
  void eventOrNone(String type, ObjectNode object) {
    if (random.nextBoolean()) {
      event(type, object);
    }
  }

  /** What is open, in any order. */
  List<Request> all() {
    List<Request> all = new ArrayList<>(open);
    Collections.shuffle(all, random);
    return all;
  }

  /** About half of what is open, in any order. */
  List<Request> some() {
    var some = all();
    some.removeIf(request -> random.nextBoolean());
    return some;
  }

  /** What a process is told of a request now. */
  String task(Request request) {
    if (!request.event()) {
      return request.text();
    }
    try {
      var signature =
          Webhook.Signature.generateSignatureHeader(
              request.text(), BillingProcess.SECRET, stripe.now().getEpochSecond());
      return BillingProcess.EVENT + " " + signature + " " + request.text();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  void answered(Request request) {
    if (!request.event() || random.nextInt(LOST) > 0) {
      open.remove(request);
    }
  }
}
