package dev.tollgate.app.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tollgate.billing.account.Account;
import dev.tollgate.billing.account.BilledCycle;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.order.Dunning;
import dev.tollgate.billing.order.Order;
import dev.tollgate.billing.price.Rounding;
import dev.tollgate.billing.price.Statement;
import dev.tollgate.billing.work.Billing;
import dev.tollgate.billing.work.LiveBilling;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.view.TenantView;
import dev.tollgate.gateway.body.ObjectBody;
import dev.tollgate.gateway.http.ProblemResponses;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.RequestAttribute;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a tenant owes and paid, and the pages where it pays. */
@Controller("/v1/billing")
@ExecuteOn(TaskExecutors.BLOCKING)
final class BillingController {

  private static final Logger LOG = LoggerFactory.getLogger(BillingController.class);

  private final LiveBilling billing;

  BillingController(LiveBilling billing) {
    this.billing = billing;
  }

  /** An amount as people write it: major units. */
  record Money(String amount, String currency) {
    static Money of(long millionths, String currency) {
      return new Money(Rounding.text(millionths, currency), currency);
    }
  }

  /** One line of a statement; {@code item} is {@code fee} or a meter. */
  record Line(String item, long quantity, long included, Money amount) {}

  /** What a cycle comes to, without tax. */
  record Preview(List<Line> lines, Money total) {
    static Preview of(Statement statement) {
      var currency = statement.currency();
      return new Preview(
          statement.lines().stream()
              .map(l ->
                  new Line(l.item(), l.quantity(), l.included(), Money.of(l.amount(), currency)))
              .toList(),
          Money.of(statement.total(), currency));
    }
  }

  /**
   * The answer of {@code GET /v1/billing}; times are RFC 3339, UTC.
   *
   * @param standing {@code GOOD}, {@code PAST_DUE} or {@code SUSPENDED}
   * @param nextPlan from the next cycle on, when it is another or has other prices
   * @param nextFee of that plan, a month
   * @param trialUntil while a trial lasts
   * @param preview of the running cycle, as it stands
   * @param forecast of the running cycle, when usage goes on as until now
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record State(
      String plan,
      @Nullable String nextPlan,
      @Nullable Money nextFee,
      String standing,
      @Nullable String trialUntil,
      String cycle,
      String cycleEnds,
      @Nullable Preview preview,
      @Nullable Preview forecast) {}

  @Get
  HttpResponse<?> state(@RequestAttribute(Principal.ATTRIBUTE) Principal principal) {
    var tenant = principal.tenant();
    var cycle = Cycle.at(System.currentTimeMillis(), tenant.zone());
    var ends = Cycle.end(cycle, tenant.zone());
    var live = billing.now();
    var account = live.flatMap(l -> l.billing().accounts().of(tenant.tenantId())).orElse(null);
    if (live.isEmpty() || account == null) {
      return HttpResponse.ok(
          new State(
              tenant.plan().name(),
              null,
              null,
              Dunning.Standing.GOOD.name(),
              null,
              cycle,
              ends.toString(),
              null,
              null));
    }
    var parts = live.get().billing();
    var billed = parts.accounts().cycle(tenant.tenantId(), cycle).orElse(null);
    var next = account.nextTerms();
    var trial = account.trialUntil();
    var period = billed == null ? null : period(parts, account, billed);
    Map<String, Long> used = parts.ledger().of(tenant.shard(), tenant.tenantId(), cycle);
    Map<String, Long> sold = billed == null ? used : billed.sold(used);
    return HttpResponse.ok(
        new State(
            billed == null ? tenant.plan().name() : billed.terms().plan(),
            next == null ? null : next.plan(),
            next == null ? null : Money.of(next.fee(), next.currency()),
            parts.dunning().standing(tenant.tenantId()).name(),
            trial == null || trial.isBefore(Instant.now()) ? null : trial.toString(),
            cycle,
            ends.toString(),
            period == null ? null : Preview.of(Statement.of(period, sold)),
            period == null ? null : Preview.of(Statement.forecast(period, sold, Instant.now()))));
  }

  private static Statement.Period period(Billing parts, Account account, BilledCycle cycle) {
    return cycle.period(account.subscribedAt(), parts.engine().step(cycle.terms().currency()));
  }

  /** One invoice; {@code url} is where it can be seen and paid. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Invoice(
      String id,
      @Nullable String number,
      String kind,
      String state,
      Money total,
      Money paid,
      String created,
      @Nullable String due,
      @Nullable String url) {
    static Invoice of(Order order) {
      var due = order.due();
      return new Invoice(
          order.id(),
          order.number(),
          order.kind(),
          order.state().name(),
          Money.of(order.total(), order.currency()),
          Money.of(order.paid(), order.currency()),
          order.created().toString(),
          due == null ? null : due.toString(),
          order.url());
    }
  }

  /**
   * A refund or a dispute.
   *
   * @param invoice id of what was paid
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Adjusted(
      String id,
      String kind,
      String state,
      Money amount,
      String reason,
      @Nullable String invoice) {}

  /** The answer of {@code GET /v1/billing/invoices}, the newest first. */
  record Invoices(List<Invoice> invoices, List<Adjusted> adjustments) {}

  @Get("/invoices")
  HttpResponse<?> invoices(@RequestAttribute(Principal.ATTRIBUTE) Principal principal) {
    var live = billing.now().orElse(null);
    if (live == null) {
      return HttpResponse.ok(new Invoices(List.of(), List.of()));
    }
    var orders = live.billing().orders();
    var tenant = principal.tenant().tenantId();
    return HttpResponse.ok(
        new Invoices(
            orders.of(tenant).stream()
                .filter(o -> o.state() != Order.State.DRAFT)
                .map(Invoice::of)
                .toList(),
            orders.adjustments(tenant).stream()
                .map(a ->
                    new Adjusted(
                        a.id(),
                        a.kind(),
                        a.state(),
                        Money.of(a.amount(), a.currency()),
                        a.reason(),
                        a.invoice()))
                .toList()));
  }

  /** A page that is good for one visit. */
  record Link(String url) {}

  @Post("/checkout")
  HttpResponse<?> checkout(
      @RequestAttribute(Principal.ATTRIBUTE) Principal principal, HttpRequest<byte[]> request) {
    return link(
        principal.tenant(),
        returnUrl(request),
        (live, account, url) ->
            live.billing()
                .engine()
                .checkout(account.customer(), currency(principal.tenant(), account), url, url));
  }

  @Post("/portal")
  HttpResponse<?> portal(
      @RequestAttribute(Principal.ATTRIBUTE) Principal principal, HttpRequest<byte[]> request) {
    return link(
        principal.tenant(),
        returnUrl(request),
        (live, account, url) -> live.billing().engine().portal(account.customer(), url));
  }

  /** Where to go back to; null when there is no body, or it does not say. */
  private static @Nullable String returnUrl(HttpRequest<byte[]> request) {
    return request
        .getBody()
        .map(body -> ObjectBody.of(body, "returnUrl").text("returnUrl"))
        .orElse(null);
  }

  /** Makes a page. */
  private interface Page {
    URI make(LiveBilling.Live live, Account account, URI back);
  }

  private HttpResponse<?> link(TenantView tenant, @Nullable String back, Page page) {
    var live = billing.now().orElse(null);
    var account =
        live == null ? null : live.billing().accounts().of(tenant.tenantId()).orElse(null);
    if (live == null || account == null) {
      return ProblemResponses.of(
          Problem.of(
              409,
              "not-billed",
              "Nothing to pay",
              "Your plan costs nothing, or its first bill is not set up yet; try again in a"
                  + " minute after a change of plan."),
          "");
    }
    var url = url(live, back);
    if (url == null) {
      return ProblemResponses.of(
          Problem.of(
              422,
              "no-return-url",
              "Where to go back to is missing",
              "Send {\"returnUrl\": \"https://…\"}, an https address without credentials; the"
                  + " billing provider here has none of its own."),
          "");
    }
    return HttpResponse.ok(new Link(page.make(live, account, url).toString()));
  }

  private static @Nullable URI url(LiveBilling.Live live, @Nullable String wanted) {
    if (wanted == null) {
      return live.view().returnUrl();
    }
    try {
      var url = URI.create(wanted);
      return "https".equals(url.getScheme()) && url.getHost() != null && url.getUserInfo() == null
          ? url
          : null;
    } catch (IllegalArgumentException notAnAddress) {
      return null;
    }
  }

  private static String currency(TenantView tenant, Account account) {
    var terms = account.terms();
    var currency = terms == null ? tenant.plan().currency() : terms.currency();
    return currency == null ? "USD" : currency;
  }

  /** The engine is asked for links only; everything else is served while it is away. */
  @Error(global = true, exception = EngineException.class)
  HttpResponse<?> unavailable(EngineException e) {
    LOG.warn("The billing engine did not do what was asked: {}", e.getMessage());
    return ProblemResponses.of(
        new Problem(
            503,
            "billing-unavailable",
            "Billing does not answer",
            "What you asked for needs the billing provider, which does not answer just now; try"
                + " again shortly.",
            Map.of("Retry-After", "10"),
            Map.of()),
        "");
  }
}
