package dev.tollgate.core.tenancy;

import dev.tollgate.crd.resolve.Finding;
import dev.tollgate.crd.resolve.Manifests;
import dev.tollgate.crd.resolve.Resolver;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.resolve.TenantView;
import dev.tollgate.crd.tenant.Tenant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private final List<Consumer<ServingState>> listeners = new CopyOnWriteArrayList<>();
  private volatile ServingState current =
      new ServingState(0, Resolver.shared(Manifests.EMPTY), Map.of(), Map.of());
  private volatile List<Finding> findings = List.of();
  private volatile Map<String, Long> programmed = Map.of();
  private volatile Manifests manifests = Manifests.EMPTY;
  // as the manifests say, without verdicts; guarded by this
  private Map<String, TenantView> resolved = Map.of();
  private Set<String> suspended = Set.of();

  public LiveServing(Placing placing) {
    this.placing = placing;
  }

  @Override
  public ServingState current() {
    return current;
  }

  /** What is wrong with the manifests served now. */
  public List<Finding> findings() {
    return findings;
  }

  /** Generation served of each resource, by {@code Kind/name}. */
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

  /** Serves these manifests from now on. */
  public synchronized void accept(Manifests next) {
    var before = current;
    var shared = Resolver.shared(next);
    var reusable = shared.equals(before.shared());
    if (reusable) {
      shared = before.shared();
    }
    var placed = placing.place(shared, next.tenants().values());
    var found = new ArrayList<>(shared.findings());
    placed
        .refused()
        .forEach((name, why) ->
            found.add(new Finding("Tenant", name, "Accepted", "NotPlaced", why, "metadata.name")));
    Map<String, TenantView> tenants = HashMap.newHashMap(next.tenants().size());
    Map<String, String> ids = HashMap.newHashMap(next.tenants().size());
    for (var tenant : next.tenants().values()) {
      var name = tenant.getMetadata().getName();
      var placement = placed.placed().get(name);
      if (placement == null) {
        continue;
      }
      var known = resolved.get(placement.tenantId());
      TenantView view;
      if (reusable && known != null && unchanged(tenant, known, placement.shard())) {
        view = known;
      } else {
        var result = Resolver.tenant(shared, tenant, placement);
        found.addAll(result.findings());
        view = result.view();
      }
      if (view != null) {
        tenants.put(view.tenantId(), view);
        ids.put(name, view.tenantId());
      }
    }
    manifests = next;
    programmed = generations(next, ids);
    report(found);
    findings = List.copyOf(found);
    resolved = Map.copyOf(tenants);
    serve(shared, Map.copyOf(ids));
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
    serve(current.shared(), current.tenantIds());
  }

  private void serve(Shared shared, Map<String, String> ids) {
    var tenants = resolved;
    if (suspended.stream().anyMatch(resolved::containsKey)) {
      var judged = new HashMap<>(resolved);
      suspended.forEach(id -> judged.computeIfPresent(id, (same, view) -> view.suspend()));
      tenants = Map.copyOf(judged);
    }
    current = new ServingState(current.generation() + 1, shared, tenants, ids);
    for (var listener : listeners) {
      listener.accept(current);
    }
  }

  private boolean unchanged(Tenant tenant, TenantView known, String shard) {
    var last = manifests.tenants().get(tenant.getMetadata().getName());
    return last != null
        && known.shard().equals(shard)
        && last.getSpec().equals(tenant.getSpec())
        && java.util.Objects.equals(last.getStatus(), tenant.getStatus());
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
