package dev.tollgate.operator.gateway;

import dev.tollgate.core.store.Credentials;
import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.resolve.Shared;
import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import dev.tollgate.operator.conditions.SecretRefs;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Secrets that the replicas of a pool may read, and no other, each only while its label allows
 * the use that is made of it, so that naming a Secret opens none: headers of its routes, keys of
 * its models, keys of the billing provider, its Redis password, secrets of issuers (a token can be
 * presented to any pool, which then has to know whose it is), and passwords of every shard pool,
 * for a tenant may have a shard in any. What is mounted needs no permission.
 */
final class SecretNames {

  private final SortedSet<String> names = new TreeSet<>();

  private final BiPredicate<String, String> permitted;

  private SecretNames(BiPredicate<String, String> permitted) {
    this.permitted = permitted;
  }

  /**
   * @param permitted whether a Secret, by name, may be used for something
   * @param tenants those with a Secret of their own, at least
   */
  static SortedSet<String> of(
      String pool,
      Shared shared,
      Collection<ShardPool> shardPools,
      Stream<Tenant> tenants,
      BiPredicate<String, String> permitted) {
    var found = new SecretNames(permitted);
    found.ofRoutes(pool, shared);
    found.ofPools(pool, shared);
    found.ofBilling(shared);
    shardPools.forEach(found::ofShards);
    tenants.forEach(found::ofTenant);
    return found.names;
  }

  private void ofRoutes(String pool, Shared shared) {
    for (var route : shared.routes()) {
      if (route.pools().contains(pool)) {
        for (var backend : route.backends()) {
          add(backend.authorities(), SecretUse.UPSTREAM);
          backend.headers().forEach(header -> add(header.secret(), SecretUse.UPSTREAM));
        }
      }
    }
    for (var route : shared.modelRoutes()) {
      if (route.pools().contains(pool)) {
        for (var backend : route.backends()) {
          add(backend.key(), SecretUse.UPSTREAM);
          add(backend.authorities(), SecretUse.UPSTREAM);
          backend.headers().forEach(header -> add(header.secret(), SecretUse.UPSTREAM));
        }
      }
    }
  }

  private void ofTenant(Tenant tenant) {
    var spec = tenant.getSpec();
    if (spec == null) {
      return;
    }
    SecretRefs.ofTrusts(spec.trusts()).forEach(use -> add(use.secret(), use.use()));
    var webhook = spec.alerts() == null ? null : spec.alerts().webhook();
    if (webhook != null) {
      add(webhook.secretRef(), SecretUse.WEBHOOK);
    }
  }

  private void ofBilling(Shared shared) {
    var billing = shared.billing();
    if (billing != null) {
      add(billing.apiKey(), SecretUse.BILLING);
      billing.webhookSecrets().forEach(ref -> add(ref, SecretUse.BILLING));
    }
  }

  private void ofPools(String pool, Shared shared) {
    for (var view : shared.gatewayPools().values()) {
      if (view.name().equals(pool)) {
        add(view.redisPassword(), SecretUse.REDIS);
      }
      for (var trust : view.trusts()) {
        add(trust.hmacSecretRef(), SecretUse.JWT);
        add(trust.authorities(), SecretUse.JWT);
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
        add(Credentials.secret(shards.getMetadata().getName(), i), SecretUse.STORE);
      }
    }
    if (spec.external() != null) {
      spec.external().forEach(shard -> add(shard.passwordSecretRef(), SecretUse.STORE));
    }
  }

  private void add(@Nullable SecretRef ref, String use) {
    if (ref != null) {
      add(ref.name(), use);
    }
  }

  private void add(String name, String use) {
    if (permitted.test(name, use)) {
      names.add(name);
    }
  }
}
