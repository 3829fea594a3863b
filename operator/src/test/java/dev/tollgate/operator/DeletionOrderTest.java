package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Whatever is deleted first, nothing hangs. */
@NullUnmarked
class DeletionOrderTest {

  private static final String API = "tollgate.dev/v1alpha1";

  @Test
  void everythingGoesInWhateverOrderItIsDeleted() throws Exception {
    for (int seed = 0; seed < 4; seed++) {
      try (var platform = new Platform(8081)) {
        platform.apply(ALL);
        await("kept has an id", () -> !platform.secret("kept-key", "tenant-id").isEmpty());
        await("removed has an id", () -> !platform.secret("removed-key", "tenant-id").isEmpty());
        List<String> names =
            new ArrayList<>(
                List.of(
                    "ShardPool/default",
                    "GatewayPool/default",
                    "Plan/basic",
                    "RateLimitPolicy/calls",
                    "ApiRoute/json",
                    "Tenant/kept",
                    "Tenant/removed"));
        Collections.shuffle(names, new Random(seed));
        for (var name : names) {
          resource(platform, name).delete();
        }
        await(
            "all are gone, of " + names,
            () -> names.stream().allMatch(name -> resource(platform, name).get() == null));
      }
    }
  }

  private static io.fabric8.kubernetes.client.dsl.Resource<GenericKubernetesResource> resource(
      Platform platform, String name) {
    var slash = name.indexOf('/');
    return platform
        .client()
        .genericKubernetesResources(API, name.substring(0, slash))
        .inNamespace(platform.namespace())
        .withName(name.substring(slash + 1));
  }

  private static final String ALL =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: default}
      spec: {engine: Managed, shards: 1}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: default}
      spec: {replicas: {min: 1, max: 3}}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Plan
      metadata: {name: basic}
      spec:
        meters: [{name: requests, included: 1000, overage: {mode: Block}}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: RateLimitPolicy
      metadata: {name: calls}
      spec:
        targetRefs: [{group: tollgate.dev, kind: Plan, name: basic}]
        limits: [{name: calls, meter: requests, limit: 10, per: Second, by: Tenant}]
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: ApiRoute
      metadata: {name: json}
      spec: {match: {path: /v1/tools/json}, backends: [{name: json, builtin: JsonTool}]}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: kept}
      spec: {plan: basic}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: removed}
      spec: {plan: basic, reclaim: Delete}
      """;
}
