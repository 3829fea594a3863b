package dev.tollgate.billing.work;

import dev.tollgate.billing.account.Account;
import dev.tollgate.billing.engine.EngineException;
import dev.tollgate.billing.engine.EngineException.Kind;
import dev.tollgate.billing.price.Terms;
import dev.tollgate.billing.store.BillingStore;
import dev.tollgate.billing.usage.Reconciliation;
import dev.tollgate.billing.work.BillingReport.Difference;
import dev.tollgate.billing.work.BillingReport.Waiting;
import dev.tollgate.core.store.StoreException;
import dev.tollgate.core.tenancy.Serving;
import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.view.TenantView;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the work of billing for the tenants of a gateway pool, in the one replica that holds the
 * lease: each minute what there is to do, each hour and at the start a comparison of ledger, meter
 * and invoice, and a look at what no event told of. {@link #tick} is called by one thread at a
 * time; the figures may be read by any.
 */
public final class BillingWorker implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(BillingWorker.class);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration KEPT = Duration.ofDays(100);

  /** Of what is wrong the report has so many examples. */
  private static final int EXAMPLES = 5;

  /** Tenants in a row that are asked about in vain: each takes as long as a call may. */
  private static final int MOST_SILENT = 3;

  private static final String ENDED =
      "its subscription was ended at Stripe and not here, so what it uses is on no invoice; suspend"
          + " the tenant, or bill it there";

  private static final String OTHER = "its log says what went wrong";

  /** At the end of what Stripe says; the code is said before, and the id is another each time. */
  private static final Pattern REQUEST_ID = Pattern.compile("(; code: \\S*)?; request-id: \\S+");

  private final LiveBilling billing;
  private final Serving serving;
  private final Lease lease;
  private final String pool;
  private final InstantSource clock;
  private volatile Instant compared = Instant.EPOCH;
  private volatile BillingReport report = BillingReport.NONE;

  /** Names of the tenants whose billing failed in the last round. */
  private volatile Set<String> failed = Set.of();

  /** Why some plan could not be published; {@link #tick}'s, as is what follows. */
  private @Nullable String unpublished;

  /** Tenants whose subscription somebody ended at the engine, as the last comparison found. */
  private final Set<String> ended = new HashSet<>();

  /** Whether what is done for all tenants together failed in the last round. */
  private boolean troubled;

  /** Tenants in a row, up to the last, for whom the engine did not answer. */
  private int silent;

  public BillingWorker(
      LiveBilling billing, Serving serving, BillingStore store, String pool, InstantSource clock) {
    this.billing = billing;
    this.serving = serving;
    this.pool = pool;
    this.clock = clock;
    this.lease = new Lease(store, "billing/" + pool, UUID.randomUUID().toString(), clock);
  }

  /** Does what there is to do, when it is this replica's turn; throws nothing. */
  public synchronized void tick() {
    try {
      var live = billing.now();
      // before the first manifests are read everybody would seem to be gone
      if (live.isPresent() && serving.current().generation() > 0 && lease.held()) {
        work(live.get());
      }
    } catch (StoreException | EngineException e) {
      LOG.warn("Billing waits: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("Billing did not do what it should", e);
    }
  }

  private void work(LiveBilling.Live live) {
    var tenants =
        serving.current().tenants().values().stream()
            .filter(tenant -> tenant.gatewayPool().equals(pool))
            .toList();
    live.billing().note(tenants, live.rules());
    var compare = compared.plus(HOUR).isBefore(clock.instant());
    if (compare || unpublished != null) {
      unpublished = publish(live, serving);
    }
    silent = 0;
    Map<String, String> reasons = new LinkedHashMap<>();
    for (var tenant : tenants) {
      if (!lease.held()) {
        return;
      }
      var reason = one(live, tenant, compare);
      if (silent >= MOST_SILENT) {
        LOG.warn("Billing of the others waits, since the provider does not answer");
        report = report.with(reason);
        return;
      }
      if (ended.contains(tenant.tenantId())) {
        reason = ENDED;
      }
      if (reason != null) {
        reasons.put(tenant.name(), reason);
      }
    }
    var accounts = live.billing().accounts().all();
    for (Account account : accounts) {
      if (silent < MOST_SILENT && !serving.current().tenants().containsKey(account.tenantId())) {
        var reason =
            done(account.tenantId(), () -> live.billing().gone(account, live.rules().graceDays()));
        if (reason != null) {
          reasons.put(account.tenantId(), reason);
        }
      }
    }
    var found = compare ? compared(live) : null;
    var unlooked = adjustments(live, compare);
    var before = report;
    var trouble = trouble(unpublished == null ? unlooked : unpublished);
    var waiting = waiting(reasons);
    failed = Set.copyOf(reasons.keySet());
    report =
        new BillingReport(
            compared.toString(),
            found == null
                ? before.drift()
                : found.stream().mapToLong(f -> Math.abs(f.drift())).sum(),
            found == null ? before.differences() : differences(found),
            waiting.stream().limit(EXAMPLES).toList(),
            waiting.size(),
            accounts.size(),
            live.billing().intents().openReports(),
            live.billing().orders().owing(clock.instant()),
            live.billing().dunning().suspended(),
            trouble);
  }

  /** What failed once may be done in the next round; in the first one nothing was done before. */
  private @Nullable String trouble(@Nullable String now) {
    var told = now != null && (troubled || report.compared() == null) ? now : null;
    troubled = now != null;
    return told;
  }

  /**
   * What one call leaves undone, also where it ends with a failure, the next tick goes on with.
   *
   * @return why it failed, or null
   */
  private @Nullable String adjustments(LiveBilling.Live live, boolean compare) {
    var round = live.billing().adjustments();
    if (compare) {
      round.begin();
    }
    try {
      round.work(lease::held);
      var refused = round.refused();
      return refused == null ? null : said(refused);
    } catch (EngineException | StoreException e) {
      LOG.warn("Refunds and disputes that no event told of wait: {}", e.getMessage());
      return said(e);
    } catch (RuntimeException e) {
      LOG.error("Refunds and disputes were not looked at as they should", e);
      return OTHER;
    }
  }

  /** Those that failed in the round before too: what failed once may be done in the next. */
  private List<Waiting> waiting(Map<String, String> reasons) {
    return reasons.entrySet().stream()
        .filter(reason -> failed.contains(reason.getKey()))
        .map(reason -> new Waiting(reason.getKey(), reason.getValue()))
        .toList();
  }

  private List<Reconciliation.Finding> compared(LiveBilling.Live live) {
    compared = clock.instant();
    live.billing().intents().forget(compared.minus(KEPT));
    live.billing()
        .notices()
        .forget(compared.minus(Duration.ofDays(live.view().eventRetentionDays())));
    return live.billing().reconciliation().findings(compared.minus(HOUR));
  }

  private List<Difference> differences(List<Reconciliation.Finding> found) {
    return found.stream()
        .filter(f -> f.drift() != 0)
        .limit(EXAMPLES)
        .map(f -> new Difference(name(f.tenantId()), f.cycle(), f.meter(), f.drift()))
        .toList();
  }

  private String name(String tenantId) {
    var tenant = serving.current().tenants().get(tenantId);
    return tenant == null ? tenantId : tenant.name();
  }

  /**
   * What is sold is there before anybody buys it, and is put right when somebody changed it.
   *
   * @return why some plan is not, or null
   */
  private static @Nullable String publish(LiveBilling.Live live, Serving serving) {
    String why = null;
    for (var plan : serving.current().shared().plans().values()) {
      try {
        Terms.of(plan).ifPresent(live.billing().engine()::publish);
      } catch (EngineException e) {
        LOG.warn("Plan {} is not for sale yet: {}", plan.name(), e.getMessage());
        why = "plan " + plan.name() + ": " + said(e);
        if (e.kind() == Kind.SILENT) {
          break;
        }
      }
    }
    return why;
  }

  /** Null when all was done; otherwise why not. */
  private @Nullable String one(LiveBilling.Live live, TenantView tenant, boolean compare) {
    return done(
        tenant.name(),
        () -> {
          live.billing().work(tenant, live.rules());
          if (compare) {
            live.billing().reconcile(tenant, live.rules());
            if (live.billing().endedElsewhere(tenant)) {
              ended.add(tenant.tenantId());
            } else {
              ended.remove(tenant.tenantId());
            }
          }
        });
  }

  /**
   * What fails for one tenant does not keep the others from being billed.
   *
   * @param tenant its name, or its id when it is gone
   */
  private @Nullable String done(String tenant, Runnable work) {
    try {
      work.run();
      silent = 0;
      return null;
    } catch (EngineException | StoreException e) {
      silent = e instanceof EngineException said && said.kind() == Kind.SILENT ? silent + 1 : 0;
      LOG.warn("Billing of tenant {} waits: {}", tenant, e.getMessage());
      return said(e);
    } catch (RuntimeException e) {
      LOG.error("Billing of tenant {} did not do what it should", tenant, e);
      return OTHER;
    }
  }

  private static String said(RuntimeException e) {
    var said = e.getMessage();
    return said == null ? OTHER : said(said);
  }

  private static String said(String words) {
    return REQUEST_ID.matcher(words).replaceAll("");
  }

  /** Units that ledger and meter are apart, as the last comparison found; without their sign. */
  public long drift() {
    return report.drift();
  }

  /** Tenants whose billing failed in the last round. */
  public long failures() {
    return failed.size();
  }

  /** When ledger, meter and invoice were last compared; the epoch before the first time. */
  public Instant compared() {
    return compared;
  }

  /** Lets another replica go on at once. */
  @Override
  public void close() {
    try {
      lease.release();
    } catch (StoreException e) {
      LOG.debug("The lease runs out by itself", e);
    }
  }

  /** What keeps the provider from billing, in words; of the replica that does the work. */
  public List<Finding> findings() {
    var live = billing.now();
    if (live.isEmpty()) {
      return List.of();
    }
    var provider = live.get().view().name();
    var told = report;
    List<Finding> findings = new ArrayList<>();
    if (told.trouble() != null) {
      findings.add(finding(provider, "ProviderRefuses", told.trouble()));
    }
    for (var one : told.waiting()) {
      findings.add(
          finding(
              provider,
              "BillingFailed",
              "the billing of tenant " + one.tenant() + " waits: " + one.reason()));
    }
    for (var one : told.differences()) {
      findings.add(
          finding(
              provider,
              "Drift",
              "of tenant %s in the cycle from %s, ledger and meter of %s are %d units apart"
                  .formatted(one.tenant(), one.cycle(), one.meter(), Math.abs(one.units()))));
    }
    return findings;
  }

  private static Finding finding(String provider, String reason, String message) {
    return new Finding("BillingProvider", provider, "Reconciled", reason, message, "spec.stripe");
  }

  /** What the operator is told. */
  public BillingReport report() {
    return report;
  }
}
