package dev.tollgate.operator;

import static dev.tollgate.operator.Manifests.POOLS;
import static dev.tollgate.operator.Platform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.billing.BillingProvider;
import dev.tollgate.crd.billing.BillingProviderStatus;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.experiment.Experiment;
import dev.tollgate.crd.experiment.ExperimentStatus;
import dev.tollgate.crd.model.ModelRoute;
import dev.tollgate.crd.model.ModelRouteStatus;
import dev.tollgate.crd.prompt.AcceptedVersion;
import dev.tollgate.crd.prompt.PromptTemplate;
import dev.tollgate.crd.prompt.PromptTemplateStatus;
import dev.tollgate.operator.conditions.Conditions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of model routes, prompts, experiments and the billing provider. */
@NullUnmarked
class ModelKindsTest {

  private Replica replica;
  private Platform platform;

  @BeforeEach
  void start() throws Exception {
    replica = new Replica(() -> 204);
    platform = new Platform(replica.port());
    platform.apply(POOLS);
  }

  @AfterEach
  void stop() {
    platform.close();
    replica.close();
  }

  @Test
  void aRouteOfModelsIsProgrammedWhenEveryReplicaServesIt() {
    platform.apply(secret("upstream"));
    platform.apply(ROUTE);
    await("no replica", () -> "NoReplicas".equals(route("Programmed").reason()));
    assertThat(route("Accepted").status()).isEqualTo("True");
    replica.joins(platform, "default");
    replica.serves("ModelRoute/chat", 1);
    await("served", () -> "True".equals(route("Programmed").status()));
    var status = get(ModelRoute.class, "chat").getStatus();
    assertThat(status.parents())
        .singleElement()
        .extracting(p -> p.parentRef().name())
        .isEqualTo("default");
  }

  @Test
  void theKeyOfABackendIsOnlyTakenFromASecretForUpstreams() {
    platform.apply(secret("billing"));
    platform.apply(ROUTE);
    await("refused", () -> "RefNotPermitted".equals(route("ResolvedRefs").reason()));
    assertThat(route("ResolvedRefs").message())
        .contains("spec.backends[0].keySecretRef", "Secret vendor", "tollgate.dev/use: upstream");
    platform.apply(secret("upstream"));
    await("allowed", () -> "True".equals(route("ResolvedRefs").status()));
  }

  @Test
  void theYoungerOfTwoRoutesOfOneModelIsRefused() throws Exception {
    platform.apply(secret("upstream"));
    platform.apply(ROUTE);
    await("the first is there", () -> "True".equals(route("Accepted").status()));
    Thread.sleep(1100); // creation times are whole seconds
    platform.apply(ROUTE.replace("name: chat", "name: later"));
    await(
        "refused",
        () -> "ModelConflict".equals(of(ModelRoute.class, "later", "Accepted").reason()));
    assertThat(of(ModelRoute.class, "later", "Programmed").reason()).isEqualTo("NotAccepted");
    assertThat(route("Accepted").status()).isEqualTo("True");
    assertThat(platform.events("ModelConflict")).isNotEmpty();
  }

  @Test
  void aServerThatIsMissingIsToldAndItsBackendLeftOut() {
    platform.apply(
        """
        apiVersion: tollgate.dev/v1alpha1
        kind: ModelRoute
        metadata: {name: chat}
        spec: {models: [llama3], backends: [{name: local, provider: Ollama, server: gone, model: m}]}
        """);
    await("missed", () -> "ModelServerNotFound".equals(route("ResolvedRefs").reason()));
    await("not served", () -> "NotResolved".equals(route("Programmed").reason()));
  }

  @Test
  void theVersionsOfAPromptAreListedWithTheirDigests() {
    platform.apply(ROUTE + "---\n" + PROMPT);
    await("listed", () -> versions().size() == 2);
    var status = get(PromptTemplate.class, "fixer").getStatus();
    assertThat(status.latest()).isEqualTo(2);
    assertThat(versions()).allMatch(v -> v.digest().matches("[0-9a-f]{64}"));
  }

  @Test
  void aVersionWithOtherParametersThanAcceptedIsRefusedAndItsFirstDigestKept() {
    platform.apply(ROUTE + "---\n" + PROMPT);
    await("listed", () -> versions().size() == 2);
    var before = versions();
    platform.apply(PROMPT.replace("temperature: 0.2", "temperature: 0.9"));
    await(
        "refused",
        () -> "VersionChanged".equals(of(PromptTemplate.class, "fixer", "Accepted").reason()));
    assertThat(of(PromptTemplate.class, "fixer", "Accepted").message()).contains("version 2");
    assertThat(versions()).isEqualTo(before);
    platform.apply(PROMPT);
    await(
        "accepted again",
        () -> "True".equals(of(PromptTemplate.class, "fixer", "Accepted").status()));
  }

  @Test
  void aVersionThatComesBackAsSomethingElseIsRefused() {
    platform.apply(ROUTE + "---\n" + PROMPT);
    await("listed", () -> versions().size() == 2);
    platform.apply(PROMPT.replaceFirst("(?m)^  - version: 2\n(    .*\n)+", ""));
    await("one is left", () -> get(PromptTemplate.class, "fixer").getStatus().latest() == 1);
    assertThat(versions()).hasSize(2);
    platform.apply(PROMPT.replace("Be brief.", "Be long."));
    await(
        "refused",
        () -> "VersionChanged".equals(of(PromptTemplate.class, "fixer", "Accepted").reason()));
  }

  @Test
  void anExperimentWaitsForItsPromptAndKeepsItsResults() {
    platform.apply(EXPERIMENT);
    await("missed", () -> "PromptNotFound".equals(experiment("ResolvedRefs").reason()));
    assertThat(experiment("Programmed").reason()).isEqualTo("NotResolved");
    var seen = get(Experiment.class, "pax");
    var status = seen.getStatus();
    seen.setStatus(
        new ExperimentStatus(
            status.observedGeneration(), null, 41L, "control", null, null, status.conditions()));
    platform.client().resource(seen).updateStatus();
    platform.apply(ROUTE + "---\n" + PROMPT);
    await("found", () -> "True".equals(experiment("ResolvedRefs").status()));
    assertThat(get(Experiment.class, "pax").getStatus().calls()).isEqualTo(41);
  }

  @Test
  void theBillingProviderUsesOnlySecretsForBilling() {
    platform.apply(secret("upstream"));
    platform.apply(BILLING);
    await("refused", () -> "RefNotPermitted".equals(billing("ResolvedRefs").reason()));
    assertThat(billing("ResolvedRefs").message())
        .contains("spec.stripe.apiKeySecretRef", "spec.stripe.webhookSecretRefs[0]");
    assertThat(billing("ResolvedRefs").message()).contains("tollgate.dev/use: billing");
    platform.apply(secret("billing"));
    await("allowed", () -> "True".equals(billing("ResolvedRefs").status()));
  }

  private static final String ROUTE =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: ModelRoute
      metadata: {name: chat}
      spec:
        models: [llama3]
        backends:
        - name: cloud
          provider: OpenAI
          url: https://llm.example/v1
          model: llama-3-8b
          keySecretRef: {name: vendor, key: token}
      """;
  private static final String PROMPT =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: PromptTemplate
      metadata: {name: fixer}
      spec:
        versions:
        - version: 1
          model: llama3
          messages: [{role: user, content: Hello}]
        - version: 2
          model: llama3
          parameters: {temperature: 0.2}
          messages: [{role: system, content: Be brief.}, {role: user, content: Hello}]
        labels: [{name: production, version: 1}]
      """;
  private static final String EXPERIMENT =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: Experiment
      metadata: {name: pax}
      spec:
        prompt: fixer
        variants: [{name: control, version: 1}, {name: treatment-a, version: 2}]
        guard: {errorPercent: 5}
      """;
  private static final String BILLING =
      """
      apiVersion: tollgate.dev/v1alpha1
      kind: BillingProvider
      metadata: {name: stripe}
      spec:
        stripe:
          apiKeySecretRef: {name: vendor, key: token}
          webhookSecretRefs: [{name: vendor, key: webhook}]
      """;

  private static String secret(String use) {
    return """
    apiVersion: v1
    kind: Secret
    metadata:
      name: vendor
      labels: {tollgate.dev/use: %s}
    stringData: {token: abc, webhook: def}
    """
        .formatted(use);
  }

  private <R extends HasMetadata> R get(Class<R> kind, String name) {
    return platform.client().resources(kind).inNamespace(platform.namespace()).withName(name).get();
  }

  private List<AcceptedVersion> versions() {
    return get(PromptTemplate.class, "fixer").getStatus().versions();
  }

  private Condition route(String type) {
    return of(ModelRoute.class, "chat", type);
  }

  private Condition experiment(String type) {
    return of(Experiment.class, "pax", type);
  }

  private Condition billing(String type) {
    return of(BillingProvider.class, "stripe", type);
  }

  private Condition of(Class<? extends CustomResource<?, ?>> kind, String name, String type) {
    Function<Object, List<Condition>> conditions =
        status ->
            switch (status) {
              case ModelRouteStatus s -> s.conditions();
              case PromptTemplateStatus s -> s.conditions();
              case ExperimentStatus s -> s.conditions();
              case BillingProviderStatus s -> s.conditions();
              default -> throw new IllegalArgumentException(kind.getName());
            };
    return Conditions.find(conditions.apply(get(kind, name).getStatus()), type);
  }
}
