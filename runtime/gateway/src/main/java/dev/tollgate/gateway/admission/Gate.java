package dev.tollgate.gateway.admission;

import dev.tollgate.core.access.Authentication;
import dev.tollgate.core.access.Authenticator;
import dev.tollgate.core.access.Principal;
import dev.tollgate.core.access.Use;
import dev.tollgate.core.limits.Allowance;
import dev.tollgate.core.limits.Charge;
import dev.tollgate.core.limits.Decision;
import dev.tollgate.core.limits.Limits;
import dev.tollgate.core.limits.RateLimitHeaders;
import dev.tollgate.core.metering.Cycle;
import dev.tollgate.core.metering.QuotaTracker;
import dev.tollgate.core.metering.UsageLog;
import dev.tollgate.core.metering.UsageLog.Amounts;
import dev.tollgate.core.metering.UsageLog.Opening;
import dev.tollgate.core.metering.UsageMeter;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.crd.limit.LimitBy;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.ProductView;
import dev.tollgate.crd.view.TenantView;
import dev.tollgate.gateway.GatewaySettings;
import dev.tollgate.gateway.http.Caller;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Decides whether a request may pass: who calls, what the plan allows, limits and quota. */
@Singleton
public final class Gate {

  private final Serving serving;
  private final Authenticator authenticator;
  private final Limits limits;
  private final QuotaTracker quotas;
  private final UsageLog usage;
  private final String pool;
  private final Running running;
  private final AccessLog accessLog;

  Gate(
      Serving serving,
      Authenticator authenticator,
      Limits limits,
      QuotaTracker quotas,
      UsageLog usage,
      Running running,
      AccessLog accessLog,
      GatewaySettings settings) {
    this.serving = serving;
    this.authenticator = authenticator;
    this.limits = limits;
    this.quotas = quotas;
    this.usage = usage;
    this.running = running;
    this.accessLog = accessLog;
    this.pool = settings.pool();
  }

  /** A request passes, or is answered with a problem. */
  public sealed interface Verdict {
    record Passed(Admission admission) implements Verdict {}

    record Stopped(Problem problem, @Nullable Decision decision) implements Verdict {}
  }

  /**
   * What is asked.
   *
   * @param address what of the caller's address is counted; see {@link Caller#network}
   * @param trace of the request, when traces are on
   */
  public record Asked(
      Product product, @Nullable String authorization, String address, @Nullable Trace trace) {}

  /** Never blocks. */
  public CompletionStage<Verdict> admit(Asked asked) {
    var estimate = new Amounts(asked.product().weight(), 0, 0);
    return authenticator
        .authenticate(asked.authorization(), asked.address())
        .thenCompose(outcome ->
            switch (outcome) {
              case Authentication.Refused refused -> {
                asked.product().meters().refused(refused.problem().type());
                yield stop(refused.problem());
              }
              case Authentication.Granted granted -> admit(asked, granted.principal(), estimate);
            });
  }

  /**
   * As above, of a caller who is known. Never blocks.
   *
   * @param estimate the most that it may use; what it did use is settled at the end
   */
  public CompletionStage<Verdict> admit(Asked asked, Principal principal, Amounts estimate) {
    var tenant = principal.tenant();
    var product = asked.product();
    var forbidden = forbidden(product.view(), product.use(), principal);
    if (forbidden != null) {
      return stop(refused(product, tenant, forbidden));
    }
    var cycle = Cycle.at(System.currentTimeMillis(), tenant.zone());
    var quota = quotas.ready(tenant, cycle);
    if (!quota.toCompletableFuture().isDone()) {
      return quota.thenCompose(known -> admit(asked, principal, estimate));
    }
    var charges = charges(product, principal, asked.address(), estimate);
    var gateway = serving.current().shared().gatewayPools().get(pool);
    List<Allowance> allowances =
        gateway == null || gateway.redisUrl() == null
            ? List.of()
            : quotas.allowances(tenant, cycle, estimate);
    if (charges.isEmpty() && allowances.isEmpty()) {
      return CompletableFuture.completedFuture(
          open(asked, principal, estimate, Reservation.NONE, Decision.UNLIMITED));
    }
    var reservation =
        new Reservation(
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()),
            tenant.tenantId(),
            charges,
            allowances);
    return limits
        .reserve(tenant.tenantId(), reservation.id(), charges, allowances)
        .thenApply(decision -> {
          if (!decision.allowed()) {
            var exhausted = decision.exhausted();
            var problem =
                exhausted == null
                    ? RateLimitHeaders.refusal(decision, tenant.plan().currency())
                    : quotas.exhausted(tenant, exhausted);
            return new Verdict.Stopped(refused(asked.product(), tenant, problem), decision);
          }
          return open(asked, principal, estimate, reservation, decision);
        });
  }

  /** Counts a refusal of a caller who is known. */
  public Problem refused(Product product, TenantView tenant, Problem problem) {
    usage.refused(tenant.shard(), tenant.tenantId(), product.name(), problem.type());
    product.meters().refused(problem.type());
    return problem;
  }

  /** Counts a refusal before it was known what the caller wanted. */
  public Problem refused(TenantView tenant, Problem problem) {
    usage.refused(tenant.shard(), tenant.tenantId(), "", problem.type());
    return problem;
  }

  private Verdict open(
      Asked asked,
      Principal principal,
      Amounts estimate,
      Reservation reservation,
      Decision decision) {
    var tenant = principal.tenant();
    var product = asked.product();
    var now = System.currentTimeMillis();
    var cycle = Cycle.at(now, tenant.zone());
    var exhausted = quotas.take(tenant, cycle, estimate);
    if (exhausted != null) {
      reservation.giveBack(limits);
      return new Verdict.Stopped(refused(product, tenant, exhausted), decision);
    }
    var entry =
        usage
            .open(
                new Opening(
                    tenant.shard(),
                    tenant.tenantId(),
                    principal.id(),
                    product.name(),
                    tenant.plan().name(),
                    tenant.plan().revision(),
                    cycle,
                    now,
                    product.weight()))
            .orElse(null);
    if (entry == null) {
      quotas.settle(tenant, cycle, estimate, new Amounts(0, 0, 0));
      reservation.giveBack(limits);
      return new Verdict.Stopped(
          new Problem(
              503,
              "usage-log-full",
              "Usage cannot be recorded",
              "The usage log is full, and no request is served unmetered; try again shortly.",
              Map.of("Retry-After", "5"),
              Map.of()),
          decision);
    }
    product.admitted();
    return new Verdict.Passed(
        new Admission(
            limits,
            quotas,
            principal,
            asked,
            reservation,
            decision,
            cycle,
            estimate,
            entry,
            running,
            accessLog));
  }

  /** Whether a caller may use what a route sells, as far as limits and quotas let it. */
  public boolean allows(Principal principal, ProductView product, Use use) {
    return forbidden(product, use, principal) == null;
  }

  /** Why a caller may not use what a route sells, limits and quotas aside; null when it may. */
  public @Nullable Problem forbidden(ProductView product, Use use, Principal principal) {
    var tenant = principal.tenant();
    var suspended = suspended(principal);
    if (suspended != null) {
      return suspended;
    }
    if (!tenant.gatewayPool().equals(pool)) {
      return Problem.of(
          403,
          "other-gateway",
          "Served elsewhere",
          "This account is served by gateway " + tenant.gatewayPool() + ".");
    }
    var missing = missing(principal, product.scope(), use);
    if (missing != null) {
      return missing;
    }
    var feature = product.feature();
    if (feature != null && !tenant.plan().features().contains(feature)) {
      var plans = plansWith(feature);
      return new Problem(
          403,
          "feature-not-in-plan",
          "Not in your plan",
          "The plan "
              + tenant.plan().name()
              + " does not have the feature "
              + feature
              + (plans.isEmpty() ? "." : "; these plans do: " + String.join(", ", plans) + "."),
          Map.of(),
          Map.of("feature", feature, "plans", plans));
    }
    return null;
  }

  /** The problem of a caller whose tenant is suspended; null when it is not. */
  public static @Nullable Problem suspended(Principal principal) {
    return principal.tenant().suspended()
        ? Problem.of(
            403,
            "tenant-suspended",
            "Suspended",
            "This account is suspended; GET /v1/billing tells what is owed, or ask the operator of"
                + " this API.")
        : null;
  }

  /** Whether a key or token has the scope that a product needs: its own, or that of its kind. */
  public static boolean opens(Principal principal, Product product) {
    return principal.opens(product.scope(), product.use());
  }

  /** The problem of a caller who lacks a scope, as {@link Principal#opens} asks; null when none. */
  public static @Nullable Problem missing(Principal principal, @Nullable String scope, Use use) {
    return principal.opens(scope, use) ? null : missingScope(scope == null ? use.scope() : scope);
  }

  /** The problem of a key or token that lacks a scope. */
  public static Problem missingScope(String scope) {
    return new Problem(
        403,
        "missing-scope",
        "Missing scope",
        "The key or token lacks the scope " + scope + "; make one that has it.",
        Map.of(),
        Map.of("scope", scope));
  }

  /** Names of the plans that have a feature. */
  public List<String> plansWith(String feature) {
    return serving.current().shared().plans().values().stream()
        .filter(p -> p.features().contains(feature))
        .map(p -> p.name())
        .sorted()
        .toList();
  }

  private List<Charge> charges(
      Product product, Principal principal, String address, Amounts estimate) {
    var tenant = principal.tenant();
    var gateway = serving.current().shared().gatewayPools().get(pool);
    List<Charge> charges = new ArrayList<>(4);
    if (gateway != null) {
      add(charges, gateway.limits(), product, principal, address, estimate);
    }
    add(charges, tenant.plan().limits(), product, principal, address, estimate);
    add(charges, tenant.limits(), product, principal, address, estimate);
    add(charges, product.limits(), product, principal, address, estimate);
    return charges;
  }

  private static void add(
      List<Charge> charges,
      List<LimitView> limits,
      Product product,
      Principal principal,
      String address,
      Amounts estimate) {
    for (var limit : limits) {
      var meter = UsageMeter.of(limit.meter());
      if ((meter == UsageMeter.TOKENS || meter == UsageMeter.MONEY) && !product.usesTokens()) {
        continue;
      }
      var model = product.model();
      if (limit.by() == LimitBy.Model && model == null) {
        continue;
      }
      var amount = meter == null ? 1 : meter.in(estimate);
      var subject =
          switch (limit.by()) {
            case Tenant -> "";
            case Key -> principal.id();
            case Route -> "r:" + product.name();
            case Model -> "m:" + model;
            case Address -> "a:" + address;
          };
      charges.add(new Charge(limit, subject, amount));
    }
  }

  private static CompletionStage<Verdict> stop(Problem problem) {
    return CompletableFuture.completedFuture(new Verdict.Stopped(problem, null));
  }
}
