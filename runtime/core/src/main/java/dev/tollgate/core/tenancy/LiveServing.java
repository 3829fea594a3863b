package dev.tollgate.core.tenancy;

import dev.tollgate.crd.finding.Finding;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.resolve.Placement;
import dev.tollgate.crd.resolve.Resolver;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.resolve.TenantResult;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.view.TenantView;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns manifests into the {@link ServingState} that is served. {@link #accept} is called by one
 * thread at a time; a tenant that has not changed, under plans and routes that have not changed
 * either, is not resolved again.
 */
public final class LiveServing implements Serving {

  private static final Logger LOG = LoggerFactory.getLogger(LiveServing.class);

  private final Placing placing;
  private final boolean servedFirst;
  private final List<Consumer<ServingState>> listeners = new CopyOnWriteArrayList<>();
  private volatile ServingState current;
  private volatile List<Finding> findings = List.of();
  private volatile Map<String, Long> programmed = Map.of();
  private volatile Manifests manifests = Manifests.EMPTY;
  // as the manifests say, without verdicts; guarded by this
  private Map<String, TenantView> resolved = Map.of();
  private Map<String, TenantResult> results = Map.of();
  private final LastGood last = new LastGood();
  private Set<String> suspended = Set.of();

  /** Where age decides which of two resources has what both claim, as the operator says it. */
  public LiveServing(Placing placing) {
    this(placing, false);
  }

  /**
   * Serves nothing yet.
   *
   * @param servedFirst what is served as it is comes before what is new or changed, whatever its
   *     age, and pools are implied: where there is only this replica, and so nobody who could
   *     decide otherwise
   */
  public LiveServing(Placing placing, boolean servedFirst) {
    this.placing = placing;
    this.servedFirst = servedFirst;
    this.current = new ServingState(0, shared(Manifests.EMPTY), Map.of(), Map.of());
  }

  @Override
  public ServingState current() {
    return current;
  }

  /** What is wrong with the manifests served now. */
  public List<Finding> findings() {
    return findings;
  }

  /**
   * Generation served of each resource, by {@code Kind/name}; told when all that follow the changes
   * have taken it over.
   */
  public Map<String, Long> programmed() {
    return programmed;
  }

  /** Ready replicas of a gateway pool, at least 1; by its status, which only a cluster has. */
  public int readyReplicas(String pool) {
    var resource = manifests.gatewayPools().get(pool);
    var status = resource == null ? null : resource.getStatus();
    var ready = status == null ? null : status.readyReplicas();
    return ready == null ? 1 : Math.max(1, ready);
  }

  @Override
  public void onChange(Consumer<ServingState> listener) {
    listeners.add(listener);
    listener.accept(current);
  }

  /**
   * Serves these manifests from now on, and says what of them is served: a resource whose new form
   * is refused goes on in its last good one.
   */
  public synchronized Manifests accept(Manifests next) {
    var change = last.change(next);
    var now = resolve(change.manifests());
    while (change.judge(now.findings(), now.stopped())) {
      now = resolve(change.manifests());
    }
    change.keep(now.findings(), now.stopped());
    List<Finding> found = new ArrayList<>();
    change.held().values().forEach(why -> why.forEach(f -> found.add(heldBack(f))));
    now.findings().stream()
        .filter(f -> !change.held().containsKey(f.kind() + "/" + f.name()))
        .forEach(found::add);
    manifests = change.manifests();
    report(found);
    findings = List.copyOf(found);
    results = now.results();
    resolved = now.views();
    serve(now.shared(), now.ids(), now.unserved());
    programmed = generations(manifests, now.ids());
    return manifests;
  }

  private static Finding heldBack(Finding finding) {
    return new Finding(
        finding.kind(),
        finding.name(),
        finding.condition(),
        finding.reason(),
        finding.message() + "; until then its last good form is served",
        finding.path());
  }

  /**
   * What came of some manifests.
   *
   * @param results by tenant id
   * @param views by tenant id
   * @param ids tenant id by name, of those served
   * @param stopped resources not served at all, as {@code Kind/name}
   */
  private record Resolved(
      Shared shared,
      Map<String, TenantResult> results,
      Map<String, TenantView> views,
      Map<String, String> ids,
      Map<String, UnservedTenant> unserved,
      List<Finding> findings,
      Set<String> stopped) {}

  private Shared shared(Manifests next) {
    return servedFirst
        ? Resolver.shared(
            next,
            Comparator.<HasMetadata, Boolean>comparing(r -> !last.isLast(r))
                .thenComparing(Resolver.OLDEST_FIRST))
        : Resolver.ofCluster(next);
  }

  private Resolved resolve(Manifests next) {
    var before = current;
    var shared = shared(next);
    var reusable = shared.equals(before.shared());
    if (reusable) {
      shared = before.shared();
    }
    var placed = placing.place(shared, next.tenants().values());
    var found = new ArrayList<>(shared.findings());
    var stopped = Resolver.unserved(next, shared);
    Map<String, TenantResult> all = HashMap.newHashMap(next.tenants().size());
    Map<String, TenantView> views = HashMap.newHashMap(next.tenants().size());
    Map<String, String> ids = HashMap.newHashMap(next.tenants().size());
    Map<String, UnservedTenant> unserved = new HashMap<>();
    for (var tenant : next.tenants().values()) {
      var name = tenant.getMetadata().getName();
      var placement = placed.placed().get(name);
      TenantResult result;
      if (placement != null) {
        var known = results.get(placement.tenantId());
        result =
            reusable && known != null && unchanged(tenant, known, placement.shard())
                ? known
                : Resolver.tenant(shared, tenant, placement);
        all.put(placement.tenantId(), result);
      } else {
        var why = placed.refused().get(name);
        result =
            new TenantResult(
                null,
                why == null
                    // it has no place because it cannot be served, and this says why
                    ? Resolver.tenant(shared, tenant, Placement.imagined(shared, tenant)).findings()
                    : List.of(
                        new Finding(
                            "Tenant", name, "Accepted", "NotPlaced", why, "metadata.name")));
      }
      found.addAll(result.findings());
      var view = result.view();
      if (view != null) {
        views.put(view.tenantId(), view);
        ids.put(name, view.tenantId());
      } else {
        stopped.add("Tenant/" + name);
        var status = tenant.getStatus();
        unserved.put(
            name,
            new UnservedTenant(
                name,
                placement == null ? null : placement.tenantId(),
                status == null ? null : status.keyHash(),
                Resolver.trusts(shared, tenant)));
      }
    }
    return new Resolved(
        shared,
        Map.copyOf(all),
        Map.copyOf(views),
        Map.copyOf(ids),
        Map.copyOf(unserved),
        found,
        stopped);
  }

  /**
   * Suspends these tenants and no others, beside those whose own resource says so: what the machine
   * decides is never written into a spec.
   *
   * @param tenantIds of all that a verdict holds for
   */
  public synchronized void suspend(Set<String> tenantIds) {
    if (suspended.equals(tenantIds)) {
      return;
    }
    suspended = Set.copyOf(tenantIds);
    serve(current.shared(), current.tenantIds(), current.unserved());
  }

  /** Ids of the tenants that a verdict holds for. */
  public synchronized Set<String> suspended() {
    return suspended;
  }

  private void serve(Shared shared, Map<String, String> ids, Map<String, UnservedTenant> unserved) {
    var tenants = resolved;
    if (suspended.stream().anyMatch(resolved::containsKey)) {
      var judged = new HashMap<>(resolved);
      suspended.forEach(id -> judged.computeIfPresent(id, (same, view) -> view.suspend()));
      tenants = Map.copyOf(judged);
    }
    current = new ServingState(current.generation() + 1, shared, tenants, ids, unserved);
    for (var listener : listeners) {
      listener.accept(current);
    }
  }

  private boolean unchanged(Tenant tenant, TenantResult known, String shard) {
    var before = manifests.tenants().get(tenant.getMetadata().getName());
    return before != null
        && known.view() != null
        && known.view().shard().equals(shard)
        && before.getSpec().equals(tenant.getSpec())
        && Objects.equals(before.getMetadata().getLabels(), tenant.getMetadata().getLabels())
        && Objects.equals(before.getStatus(), tenant.getStatus());
  }

  private void report(List<Finding> found) {
    var before = findings;
    for (var finding : found) {
      if (!before.contains(finding)) {
        LOG.warn(
            "{}/{} {}: {} ({})",
            finding.kind(),
            finding.name(),
            finding.reason(),
            finding.message(),
            finding.path());
      }
    }
  }

  private static Map<String, Long> generations(Manifests manifests, Map<String, String> ids) {
    Map<String, Long> served = new HashMap<>();
    manifests
        .all()
        .forEach(r -> {
          var generation = r.getMetadata().getGeneration();
          if (r instanceof Tenant && !ids.containsKey(r.getMetadata().getName())) {
            return;
          }
          served.put(
              r.getKind() + "/" + r.getMetadata().getName(), generation == null ? 0L : generation);
        });
    return Map.copyOf(served);
  }
}
