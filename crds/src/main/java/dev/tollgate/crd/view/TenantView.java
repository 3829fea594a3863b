package dev.tollgate.crd.view;

import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tenant as it is served: everything the hot path asks, looked up before. {@code labels} are
 * those of its resource.
 */
public record TenantView(
    String tenantId,
    String namespace,
    String name,
    String displayName,
    @Nullable String contact,
    PlanView plan,
    ZoneId zone,
    boolean suspended,
    String gatewayPool,
    String shardPool,
    String shard,
    List<TrustView> trusts,
    List<LimitView> limits,
    @Nullable String keyHash,
    @Nullable WebhookView webhook,
    Map<String, String> labels) {

  /** The same tenant, suspended. */
  public TenantView suspend() {
    return new TenantView(
        tenantId,
        namespace,
        name,
        displayName,
        contact,
        plan,
        zone,
        true,
        gatewayPool,
        shardPool,
        shard,
        trusts,
        limits,
        keyHash,
        webhook,
        labels);
  }
}
