package dev.tollgate.core.tenancy;

import dev.tollgate.core.store.Credentials;
import dev.tollgate.crd.access.Trust;
import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.gateway.GatewayPool;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.route.ApiRoute;
import dev.tollgate.crd.route.HeaderValue;
import dev.tollgate.crd.shard.Engine;
import dev.tollgate.crd.shard.ShardPool;
import dev.tollgate.crd.tenant.Tenant;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which Secrets resources refer to. */
final class SecretNames {

  private SecretNames() {}

  static Set<String> in(Collection<? extends HasMetadata> resources) {
    Set<String> names = new TreeSet<>();
    for (var resource : resources) {
      switch (resource) {
        case ApiRoute route when route.getSpec() != null -> route(route, names);
        case ModelRoute route when route.getSpec() != null -> modelRoute(route, names);
        case BillingProvider provider when provider.getSpec() != null -> {
          var stripe = provider.getSpec().stripe();
          names.add(stripe.apiKeySecretRef().name());
          stripe.webhookSecretRefs().forEach(ref -> names.add(ref.name()));
        }
        case GatewayPool pool when pool.getSpec() != null -> {
          trusts(pool.getSpec().trusts(), names);
          var redis = pool.getSpec().redis();
          if (redis != null) {
            add(redis.passwordSecretRef(), names);
          }
        }
        case ShardPool pool when pool.getSpec() != null -> shards(pool, names);
        case Tenant tenant when tenant.getSpec() != null -> {
          trusts(tenant.getSpec().trusts(), names);
          var alerts = tenant.getSpec().alerts();
          var webhook = alerts == null ? null : alerts.webhook();
          if (webhook != null) {
            add(webhook.secretRef(), names);
          }
        }
        default -> {}
      }
    }
    return names;
  }

  private static void route(ApiRoute route, Set<String> names) {
    for (var backend : route.getSpec().backends()) {
      add(backend.caSecretRef(), names);
      headers(backend.headers(), names);
    }
  }

  private static void modelRoute(ModelRoute route, Set<String> names) {
    for (var backend : route.getSpec().backends()) {
      add(backend.keySecretRef(), names);
      add(backend.caSecretRef(), names);
      headers(backend.headers(), names);
    }
  }

  private static void headers(@Nullable List<HeaderValue> headers, Set<String> names) {
    if (headers != null) {
      for (var header : headers) {
        add(header.valueSecretRef(), names);
      }
    }
  }

  private static void add(@Nullable SecretRef ref, Set<String> names) {
    if (ref != null) {
      names.add(ref.name());
    }
  }

  private static void shards(ShardPool pool, Set<String> names) {
    var spec = pool.getSpec();
    if (spec.external() != null) {
      spec.external().forEach(shard -> names.add(shard.passwordSecretRef().name()));
    }
    if (spec.engine() == Engine.Managed) {
      int shards = spec.shards() == null ? 1 : spec.shards();
      for (int i = 0; i < shards; i++) {
        names.add(Credentials.secret(pool.getMetadata().getName(), i));
      }
    }
  }

  private static void trusts(@Nullable List<Trust> trusts, Set<String> names) {
    if (trusts != null) {
      for (var trust : trusts) {
        add(trust.hmacSecretRef(), names);
        add(trust.caSecretRef(), names);
      }
    }
  }
}
