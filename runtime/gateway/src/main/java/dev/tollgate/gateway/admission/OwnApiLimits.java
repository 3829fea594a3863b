package dev.tollgate.gateway.admission;

import dev.tollgate.core.limits.Charge;
import dev.tollgate.core.limits.Decision;
import dev.tollgate.core.limits.Limits;
import dev.tollgate.core.limits.RateLimitHeaders;
import dev.tollgate.core.problems.Problem;
import dev.tollgate.crd.limit.LimitBackend;
import dev.tollgate.crd.limit.LimitBy;
import dev.tollgate.crd.limit.WhenUnavailable;
import dev.tollgate.crd.limit.Window;
import dev.tollgate.crd.view.LimitView;
import dev.tollgate.crd.view.TenantView;
import io.micronaut.context.annotation.Value;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What each tenant may ask of the gateway itself, beside the products that it buys: keys, usage,
 * prompts, lists. Not metered, so the same for all plans, in each replica.
 */
@Singleton
public final class OwnApiLimits {

  private static final String POLICY = "own-api";

  private final Limits limits;
  private final Gate gate;
  private final List<Charge> charges;
  private final AtomicLong asked = new AtomicLong();

  /**
   * @param perSecond requests of a tenant a second
   * @param atOnce requests of a tenant that run at once
   */
  OwnApiLimits(
      Limits limits,
      Gate gate,
      @Value("${tollgate.own-api.requests-per-second:50}") long perSecond,
      @Value("${tollgate.own-api.requests-at-once:16}") long atOnce) {
    this.limits = limits;
    this.gate = gate;
    this.charges =
        List.of(
            new Charge(limit("own-api-second", "requests", perSecond, Window.Second), "", 1),
            new Charge(limit("own-api-open", "concurrency", atOnce, null), "", 1));
  }

  private static LimitView limit(
      String name, String meter, long quantity, @Nullable Window window) {
    return new LimitView(
        POLICY,
        name,
        meter,
        quantity,
        window,
        quantity,
        LimitBy.Tenant,
        LimitBackend.Memory,
        WhenUnavailable.Open,
        "Gateway",
        POLICY);
  }

  /** A request is let in, or answered with a problem. */
  public sealed interface Asked {

    /** It holds its place for a minute, unless it is ended before. */
    record Let(String tenantId, String id) implements Asked {}

    record Refused(Problem problem, Decision decision) implements Asked {}
  }

  /** Asks for a request; a refusal is counted. */
  public CompletionStage<Asked> ask(TenantView tenant) {
    var id = POLICY + asked.incrementAndGet();
    return limits
        .reserve(tenant.tenantId(), id, charges)
        .thenApply(decision ->
            decision.allowed()
                ? new Asked.Let(tenant.tenantId(), id)
                : new Asked.Refused(
                    gate.refused(tenant, RateLimitHeaders.refusal(decision, null)), decision));
  }

  /** Ends one that was let in. */
  public void end(Asked.Let let) {
    limits.settle(let.tenantId(), let.id(), charges, new long[] {1, 0});
  }
}
