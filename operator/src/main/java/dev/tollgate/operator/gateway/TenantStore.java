package dev.tollgate.operator.gateway;

import dev.tollgate.core.tenancy.StrippedStore;
import dev.tollgate.crd.access.Trust;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.tenant.Alerts;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.crd.tenant.TenantSpec;
import dev.tollgate.crd.tenant.Webhook;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of each tenant what gateway pools depend on: its plan, the pools it names itself, and the
 * Secrets of its own issuers and webhook.
 */
final class TenantStore extends StrippedStore<Tenant> {

  /** Whether a tenant says more about pools and Secrets than its plan does. */
  static boolean matters(Tenant tenant) {
    var spec = tenant.getSpec();
    return spec != null
        && (spec.gatewayPool() != null || spec.shardPool() != null || !secrets(spec).isEmpty());
  }

  /** Whether what matters of a tenant has become another. */
  static boolean changed(Tenant now, Tenant before) {
    return (matters(now) || matters(before))
        && !Objects.equals(reduce(now).getSpec(), reduce(before).getSpec());
  }

  /** Names of the Secrets of a tenant's own issuers and of its webhook. */
  static List<String> secrets(TenantSpec spec) {
    var alerts = signed(spec);
    var webhook = alerts == null ? null : alerts.webhook();
    return Stream.concat(
            trusts(spec).stream().flatMap(TenantStore::secrets),
            Stream.ofNullable(webhook).map(Webhook::secretRef))
        .filter(Objects::nonNull)
        .map(ref -> ref.name())
        .toList();
  }

  /** The tenant's alerts, when a Secret signs them. */
  private static @Nullable Alerts signed(TenantSpec spec) {
    var alerts = spec.alerts();
    var webhook = alerts == null ? null : alerts.webhook();
    return webhook == null || webhook.secretRef() == null ? null : alerts;
  }

  private static Stream<SecretRef> secrets(Trust trust) {
    return Stream.of(trust.hmacSecretRef(), trust.caSecretRef()).filter(Objects::nonNull);
  }

  private static List<Trust> trusts(TenantSpec spec) {
    return spec.trusts() == null ? List.of() : spec.trusts();
  }

  private static Tenant reduce(Tenant tenant) {
    var meta = tenant.getMetadata();
    var spec = tenant.getSpec();
    var reduced = new Tenant();
    reduced.setMetadata(
        new ObjectMetaBuilder()
            .withName(meta.getName())
            .withNamespace(meta.getNamespace())
            .withUid(meta.getUid())
            .withResourceVersion(meta.getResourceVersion())
            .build());
    if (spec != null) {
      var secret = trusts(spec).stream().filter(t -> secrets(t).findAny().isPresent()).toList();
      reduced.setSpec(
          new TenantSpec(
              null,
              spec.plan(),
              null,
              null,
              secret.isEmpty() ? null : secret,
              null,
              null,
              spec.gatewayPool(),
              spec.shardPool(),
              signed(spec)));
    }
    return reduced;
  }

  @Override
  protected Tenant kept(Tenant tenant) {
    return reduce(tenant);
  }

  @Override
  public boolean isFullState() {
    return false;
  }
}
