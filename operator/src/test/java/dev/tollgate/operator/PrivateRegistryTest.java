package dev.tollgate.operator;

import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.operator.pod.Image;
import dev.tollgate.operator.pod.RestrictedSecurity;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Pods get their images the way the operator is told to. */
@NullUnmarked
class PrivateRegistryTest {

  private static final String RESOURCES =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ShardPool
      metadata: {name: default}
      spec: {engine: Managed}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: GatewayPool
      metadata: {name: default}
      spec: {}
      ---
      apiVersion: tollgate.dev/v1alpha1
      kind: ModelServer
      metadata: {name: ollama}
      spec: {engine: Ollama, image: "mirror.example/ollama:2", models: [{name: gemma}]}
      """;

  @Test
  void podsOfEveryKindHaveThePolicyAndTheSecrets() throws Exception {
    try (var platform = Platform.withoutOperator(8081)) {
      var settings =
          new Settings(
              Set.of(platform.namespace()),
              platform.namespace(),
              Platform.ALONE,
              image("runtime:1", "Always"),
              image("mariadb:1", "Never"),
              image("ollama:1", "Always"),
              0,
              8081,
              false,
              Map.of(),
              Duration.ofSeconds(6));
      try (var client = Platform.asOperator(platform.client().getConfiguration());
          var operator = new Operator(client, settings)) {
        operator.start();
        platform.apply(RESOURCES);
        hasImage(platform, "default-0", "mariadb:1", "Never");
        hasImage(platform, "default-gateway", "runtime:1", "Always");
        hasImage(platform, "ollama-models", "mirror.example/ollama:2", "Always");
      }
    }
  }

  @Test
  void theEnvironmentSaysHowImagesAreGot() {
    var settings =
        Settings.from(
            Map.of(
                "TOLLGATE_RUNTIME_IMAGE", "runtime:1",
                "TOLLGATE_RUNTIME_PULL_POLICY", "Always",
                "TOLLGATE_OLLAMA_PULL_POLICY", "Never",
                "TOLLGATE_IMAGE_PULL_SECRETS", "registry, mirror"));
    assertThat(settings.runtimeImage())
        .isEqualTo(new Image("runtime:1", "Always", List.of("registry", "mirror"), 10001L));
    assertThat(settings.ollamaImage().pullPolicy()).isEqualTo("Never");
    assertThat(settings.mariadbImage().pullPolicy()).isEqualTo("IfNotPresent");
    assertThat(settings.leaderElection()).isTrue();
    assertThat(Settings.from(Map.of()).mariadbImage().secrets()).isEmpty();
  }

  @Test
  void theEnvironmentSaysWhomPodsRunAs() {
    var usual = Settings.from(Map.of());
    assertThat(usual.runtimeImage().user()).isEqualTo(10001);
    assertThat(usual.mariadbImage().user()).isEqualTo(999);
    var one = Settings.from(Map.of("TOLLGATE_POD_USER", "1000680000"));
    assertThat(one.mariadbImage().user()).isEqualTo(1000680000);
    assertThat(RestrictedSecurity.pod(one.ollamaImage().user()).getFsGroup()).isEqualTo(1000680000);
    var assigned = Settings.from(Map.of("TOLLGATE_POD_USER", "assigned"));
    var security = RestrictedSecurity.pod(assigned.mariadbImage().user());
    assertThat(security.getRunAsUser()).isNull();
    assertThat(security.getRunAsGroup()).isNull();
    assertThat(security.getFsGroup()).isNull();
    assertThat(security.getRunAsNonRoot()).isTrue();
  }

  private static Image image(String name, String policy) {
    return new Image(name, policy, List.of("registry", "mirror"), 10001L);
  }

  private static void hasImage(Platform platform, String set, String image, String policy) {
    await(set + " exists", () -> pod(platform, set) != null);
    var pod = pod(platform, set);
    assertThat(pod.getContainers())
        .allSatisfy(c -> {
          assertThat(c.getImage()).isEqualTo(image);
          assertThat(c.getImagePullPolicy()).isEqualTo(policy);
        });
    assertThat(pod.getImagePullSecrets())
        .extracting(LocalObjectReference::getName)
        .containsExactly("registry", "mirror");
  }

  private static PodSpec pod(Platform platform, String set) {
    var found =
        platform
            .client()
            .apps()
            .statefulSets()
            .inNamespace(platform.namespace())
            .withName(set)
            .get();
    return found == null ? null : found.getSpec().getTemplate().getSpec();
  }
}
