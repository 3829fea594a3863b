package dev.tollgate.core.events;

import dev.tollgate.core.events.Delivery.State;
import dev.tollgate.core.store.StoreException;
import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.core.tenancy.Secrets;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.crd.view.WebhookView;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the outbox to the tenants' webhooks, signed as Standard Webhooks says. Its own thread
 * looks every second what is due; each attempt is a virtual thread, at most one a tenant. An event
 * is delivered at least once: the receiver knows it again by {@code webhook-id}.
 */
public final class WebhookDelivery implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WebhookDelivery.class);
  private static final int AT_ONCE = 32;
  private static final long LOOK_NANOS = 1_000_000_000L;
  private static final Duration KEPT = Duration.ofDays(60);
  private static final long FORGET_MILLIS = Duration.ofHours(1).toMillis();

  private final Outbox outbox;
  private final Serving serving;
  private final Secrets secrets;
  private final WebhookClient client;
  private final InstantSource clock;
  private final Set<String> busy = ConcurrentHashMap.newKeySet();
  private final Thread thread;
  private volatile boolean stopping;
  private long forgotten;

  public WebhookDelivery(
      Outbox outbox, Serving serving, Secrets secrets, WebhookClient client, InstantSource clock) {
    this.outbox = outbox;
    this.serving = serving;
    this.secrets = secrets;
    this.client = client;
    this.clock = clock;
    this.thread = Thread.ofPlatform().daemon().name("webhooks").unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  private void run() {
    while (!stopping) {
      try {
        // before anything is served, no tenant's webhook is known
        if (serving.current().generation() > 0) {
          look();
        }
      } catch (StoreException e) {
        LOG.debug("the outbox does not answer, it is asked again", e);
      } catch (RuntimeException e) {
        LOG.warn("Webhooks are not delivered just now", e);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private void look() {
    var now = clock.instant();
    if (now.toEpochMilli() - forgotten > FORGET_MILLIS) {
      outbox.forget(now.minus(KEPT));
      forgotten = now.toEpochMilli();
    }
    if (busy.size() >= AT_ONCE) {
      return;
    }
    for (var due : outbox.take(now, busy, AT_ONCE - busy.size())) {
      busy.add(due.event().tenantId());
      Thread.ofVirtual().name("webhook").start(() -> attempt(due));
    }
  }

  private void attempt(Delivery due) {
    var event = due.event();
    try {
      var result = send(event);
      var now = clock.instant();
      var pause = result.next == Next.AGAIN ? BackOff.after(due.attempts() + 1) : null;
      var state =
          result.next == Next.DONE
              ? State.DELIVERED
              : pause == null ? State.GIVEN_UP : State.PENDING;
      outbox.attempted(
          event, state, now, pause == null ? null : now.plus(pause), result.status, result.error);
      if (state == State.GIVEN_UP) {
        LOG.warn(
            "Tenant {} was not told of a {}: {}", event.tenantId(), event.type(), result.error);
      }
    } catch (RuntimeException e) {
      // it is due again when its lease has ended
      LOG.debug("how an attempt ended was not noted", e);
    } finally {
      busy.remove(event.tenantId());
    }
  }

  private enum Next {
    DONE,
    AGAIN,
    NEVER
  }

  private record Result(Next next, @Nullable Integer status, @Nullable String error) {}

  private Result send(Event event) {
    var tenant = serving.current().tenants().get(event.tenantId());
    var webhook = tenant == null ? null : tenant.webhook();
    if (webhook == null) {
      return new Result(Next.NEVER, null, "the tenant names no webhook any more");
    }
    try {
      var status = client.post(webhook.url(), headers(webhook, event), event.payload());
      if (status >= 200 && status < 300) {
        return new Result(Next.DONE, status, null);
      }
      return status == 410 // Gone: the receiver says that it wants no more of them
          ? new Result(Next.NEVER, status, "the receiver answered 410 Gone")
          : new Result(Next.AGAIN, status, "the receiver answered " + status);
    } catch (WebhookClient.Failed | IllegalArgumentException e) {
      return new Result(Next.AGAIN, null, e.getMessage());
    }
  }

  private Map<String, String> headers(WebhookView webhook, Event event) {
    var id = "msg_" + event.id();
    var seconds = clock.instant().getEpochSecond();
    var ref = webhook.secret();
    if (ref == null) {
      return Map.of("webhook-id", id, "webhook-timestamp", Long.toString(seconds));
    }
    var secret =
        secrets
            .read(ref, SecretUse.WEBHOOK)
            .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "the Secret "
                        + ref.name()
                        + " with the key "
                        + ref.key()
                        + " and the label tollgate.dev/use: "
                        + SecretUse.WEBHOOK
                        + " is not there"));
    return Map.of(
        "webhook-id",
        id,
        "webhook-timestamp",
        Long.toString(seconds),
        "webhook-signature",
        WebhookSignature.of(secret).sign(id, seconds, event.payload()));
  }

  @Override
  public void close() {
    stopping = true;
    LockSupport.unpark(thread);
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
