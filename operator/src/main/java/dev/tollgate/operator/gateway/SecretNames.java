package dev.tollgate.operator.gateway;

import dev.tollgate.core.store.Credentials;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Secrets that the replicas of a pool may read, and no other: headers of its routes, keys of
 * its models, keys of the billing provider, its Redis password, secrets of issuers (a token can be
 * presented to any pool, which then has to know whose it is), and passwords of every shard pool,
 * for a tenant may have a shard in any. Certificates are mounted and need no permission.
 */
final class SecretNames {

  private final SortedSet<String> names = new TreeSet<>();

  private SecretNames() {}

  /**
   * @param tenants those with a Secret of their own, at least
   */
  static SortedSet<String> of(
      String pool, Shared shared, Collection<ShardPool> shardPools, Stream<Tenant> tenants) {
    var found = new SecretNames();
    found.ofRoutes(pool, shared);
    found.ofPools(pool, shared);
    found.ofBilling(shared);
    shardPools.forEach(found::ofShards);
    tenants
        .filter(tenant -> tenant.getSpec() != null)
        .forEach(tenant -> found.names.addAll(TenantStore.secrets(tenant.getSpec())));
    return found.names;
  }

  private void ofRoutes(String pool, Shared shared) {
    for (var route : shared.routes()) {
      if (route.pools().contains(pool)) {
        for (var backend : route.backends()) {
          add(backend.authorities());
          backend.headers().forEach(header -> add(header.secret()));
        }
      }
    }
    for (var route : shared.modelRoutes()) {
      if (route.pools().contains(pool)) {
        for (var backend : route.backends()) {
          add(backend.key());
          add(backend.authorities());
          backend.headers().forEach(header -> add(header.secret()));
        }
      }
    }
  }

  private void ofBilling(Shared shared) {
    var billing = shared.billing();
    if (billing != null) {
      add(billing.apiKey());
      billing.webhookSecrets().forEach(this::add);
    }
  }

  private void ofPools(String pool, Shared shared) {
    for (var view : shared.gatewayPools().values()) {
      if (view.name().equals(pool)) {
        add(view.redisPassword());
      }
      for (var trust : view.trusts()) {
        add(trust.hmacSecretRef());
        add(trust.authorities());
      }
    }
  }

  private void ofShards(ShardPool shards) {
    var spec = shards.getSpec();
    if (spec == null) {
      return;
    }
    if (spec.engine() == Engine.Managed) {
      var count = spec.shards() == null ? 1 : spec.shards();
      for (int i = 0; i < count; i++) {
        names.add(Credentials.secret(shards.getMetadata().getName(), i));
      }
    }
    if (spec.external() != null) {
      spec.external().forEach(shard -> add(shard.passwordSecretRef()));
    }
  }

  private void add(@Nullable SecretRef ref) {
    if (ref != null) {
      names.add(ref.name());
    }
  }
}
