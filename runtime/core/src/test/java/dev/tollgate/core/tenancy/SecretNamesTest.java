package dev.tollgate.core.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.crd.manifest.ManifestReader;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which Secrets are fetched before what refers to them is served. */
class SecretNamesTest {

  @Test
  void keysOfModelsAndOfTheBillingProviderAreAmongThem() {
    var read =
        ManifestReader.read(
            Map.of(
                "models.yaml",
                """
                apiVersion: tollgate.dev/v1alpha1
                kind: ApiRoute
                metadata: {name: shop}
                spec:
                  match: {path: /shop}
                  backends: [{name: one, url: "https://shop", caSecretRef: {name: api-ca, key: ca.crt}}]
                ---
                apiVersion: tollgate.dev/v1alpha1
                kind: ModelRoute
                metadata: {name: chat}
                spec:
                  models: [llama3]
                  backends:
                  - name: cloud
                    provider: OpenAI
                    url: https://llm.example/v1
                    model: m
                    keySecretRef: {name: llm-key, key: k}
                    caSecretRef: {name: llm-ca, key: ca.crt}
                    headers: [{name: X-Team, valueSecretRef: {name: team, key: k}}]
                ---
                apiVersion: tollgate.dev/v1alpha1
                kind: BillingProvider
                metadata: {name: stripe}
                spec:
                  stripe:
                    apiKeySecretRef: {name: stripe, key: api}
                    webhookSecretRefs: [{name: hook, key: a}, {name: hook-next, key: a}]
                """));
    assertThat(read.errors()).isEmpty();
    assertThat(SecretNames.in(read.manifests().all().toList()))
        .containsExactly("api-ca", "hook", "hook-next", "llm-ca", "llm-key", "stripe", "team");
  }
}
