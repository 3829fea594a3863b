package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.PLAN;
import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.common.Condition;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who may write a route may not send any Secret anywhere. */
@NullUnmarked
class SecretUseTest {

  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    platform = new Platform(8081);
    platform.apply(POOLS + PLAN);
  }

  @AfterEach
  void stop() {
    platform.close();
  }

  @Test
  void aSecretThatIsNotForUpstreamsIsRefusedToARouteUntilItIsLabelled() {
    platform.apply(secret("jwt"));
    platform.apply(ROUTE);
    await("it is refused", () -> "RefNotPermitted".equals(route().reason()));
    assertThat(route().status()).isEqualTo("False");
    assertThat(route().message())
        .contains("Secret weather", "key api-key", "tollgate.dev/use: upstream");
    assertThat(route().message()).contains("spec.backends[0].headers[0].valueSecretRef");
    platform.apply(secret("upstream"));
    await("it is allowed", () -> "True".equals(route().status()));
  }

  @Test
  void aSecretWithoutALabelIsRefusedToo() {
    platform.apply(secret("upstream").replace("labels: {tollgate.dev/use: upstream}", ""));
    platform.apply(ROUTE);
    await("it is refused", () -> "RefNotPermitted".equals(route().reason()));
    platform.apply(secret("upstream"));
    await("it is allowed", () -> "True".equals(route().status()));
  }

  @Test
  void aSecretThatIsNotThereIsMissedUntilItIs() {
    platform.apply(ROUTE);
    await("it is missed", () -> "SecretNotFound".equals(route().reason()));
    assertThat(route().message())
        .contains("Secret weather", "api-key", "tollgate.dev/use: upstream");
    platform.apply(secret("upstream"));
    await("it is found", () -> "True".equals(route().status()));
  }

  @Test
  void aKeyThatIsNotThereIsMissedToo() {
    platform.apply(secret("upstream").replace("api-key", "other"));
    platform.apply(ROUTE);
    await("it is missed", () -> "SecretNotFound".equals(route().reason()));
    assertThat(route().message()).contains("Secret weather has no key api-key");
  }

  @Test
  void aTenantTrustsOnlyASecretForTokens() {
    platform.apply(secret("upstream"));
    platform.apply(TENANT);
    await("it is refused", () -> "RefNotPermitted".equals(tenant().reason()));
    assertThat(tenant().message())
        .contains("spec.trusts[0].hmacSecretRef", "Secret weather", "tollgate.dev/use: jwt");
    platform.apply(secret("jwt"));
    await("it is allowed", () -> "True".equals(tenant().status()));
  }

  @Test
  void aPoolUsesOnlyThePasswordOfAStore() {
    platform.apply(secret("upstream"));
    platform.apply(EXTERNAL);
    await("it is refused", () -> "RefNotPermitted".equals(shards().reason()));
    assertThat(shards().message())
        .contains(
            "spec.external[0].passwordSecretRef", "Secret weather", "tollgate.dev/use: store");
    platform.apply(secret("store"));
    await("it is allowed", () -> "True".equals(shards().status()));
  }

  @Test
  void aGatewayPoolNeedsTheSecretsOfItsRedisAndItsIssuers() {
    platform.apply(secret("redis"));
    platform.apply(GATEWAY);
    await("an authority is missed", () -> "SecretNotFound".equals(gateway().reason()));
    assertThat(gateway().message())
        .contains("spec.trusts[0].caSecretRef", "Secret internal-ca", "tollgate.dev/use: jwt")
        .doesNotContain("spec.redis");
    platform.apply(secret("jwt").replace("name: weather", "name: internal-ca"));
    await("it is found", () -> "True".equals(gateway().status()));
    platform.apply(secret("upstream"));
    await("the password is refused", () -> "RefNotPermitted".equals(gateway().reason()));
    assertThat(gateway().message())
        .contains("spec.redis.passwordSecretRef", "tollgate.dev/use: redis");
  }

  private static final String GATEWAY =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: edge}
      spec:
        redis: {url: "redis://redis:6379", passwordSecretRef: {name: weather, key: api-key}}
        trusts:
        - issuer: https://sso.example
          audiences: [tollgate]
          discovery: true
          tenantClaim: tenant
          caSecretRef: {name: internal-ca, key: api-key}
      """;
  private static final String EXTERNAL =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: servers}
      spec:
        engine: External
        external:
        - name: first
          jdbcUrl: jdbc:mariadb://db.example/tollgate
          user: tollgate
          passwordSecretRef: {name: weather, key: api-key}
      """;
  private static final String ROUTE =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ApiRoute
      metadata: {name: weather}
      spec:
        match: {path: /v1/weather}
        backends:
        - name: eu
          url: https://weather.example/v1
          headers: [{name: X-Api-Key, valueSecretRef: {name: weather, key: api-key}}]
      """;
  private static final String TENANT =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Tenant
      metadata: {name: acme}
      spec:
        plan: basic
        trusts:
        - issuer: https://login.acme.example
          audiences: [tollgate]
          hmacSecretRef: {name: weather, key: api-key}
      """;

  private static String secret(String use) {
    return """
    apiVersion: v1
    kind: Secret
    metadata:
      name: weather
      labels: {tollgate.dev/use: %s}
    stringData: {api-key: abc}
    """
        .formatted(use);
  }

  private Condition shards() {
    return platform.condition("ShardPool", "servers", "Ready");
  }

  private Condition gateway() {
    return platform.condition("GatewayPool", "edge", "ResolvedRefs");
  }

  private Condition route() {
    return platform.condition("ApiRoute", "weather", "ResolvedRefs");
  }

  private Condition tenant() {
    return platform.condition("Tenant", "acme", "ResolvedRefs");
  }
}
