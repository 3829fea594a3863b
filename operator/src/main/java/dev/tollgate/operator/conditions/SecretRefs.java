package dev.tollgate.operator.conditions;

import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.crd.access.Trust;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.finding.Finding;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether the Secrets that resources refer to are there and may be used so. Follows those Secrets
 * of one namespace that carry the label {@code tollgate.dev/use}, and keeps the names of their
 * keys, never a value; any other Secret is asked for when something refers to it. Any thread.
 */
public final class SecretRefs implements AutoCloseable {

  /** A Secret without the label is not followed, so a resource that lacks one looks again. */
  public static final Duration AGAIN = Duration.ofSeconds(30);

  /**
   * A use of a Secret.
   *
   * @param path the field that names it
   * @param use the label that it must have, one of {@link SecretUse}
   */
  public record Use(String path, SecretRef secret, String use) {}

  private final KubernetesClient client;
  private final String namespace;
  private final SharedIndexInformer<Secret> labelled;
  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();

  public SecretRefs(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
    labelled =
        client
            .secrets()
            .inNamespace(namespace)
            .withLabel(SecretUse.LABEL)
            .runnableInformer(0)
            .itemStore(new WithoutValues())
            .addEventHandler(
                new ResourceEventHandler<Secret>() {
                  @Override
                  public void onAdd(Secret secret) {
                    changed(secret);
                  }

                  @Override
                  public void onUpdate(Secret before, Secret after) {
                    changed(after);
                  }

                  @Override
                  public void onDelete(Secret secret, boolean unknown) {
                    changed(secret);
                  }
                });
    labelled.run();
  }

  private void changed(Secret secret) {
    listeners.forEach(l -> l.accept(secret.getMetadata().getName()));
  }

  /** Called with the name of a Secret that may now be judged otherwise. */
  public void onChange(Consumer<String> listener) {
    listeners.add(listener);
  }

  /** What the issuers of a pool or tenant use. */
  public static List<Use> ofTrusts(@Nullable List<Trust> trusts) {
    List<Use> uses = new ArrayList<>();
    for (int i = 0; trusts != null && i < trusts.size(); i++) {
      var path = "spec.trusts[" + i + "]";
      var shared = trusts.get(i).hmacSecretRef();
      if (shared != null) {
        uses.add(new Use(path + ".hmacSecretRef", shared, SecretUse.JWT));
      }
      var authorities = trusts.get(i).caSecretRef();
      if (authorities != null) {
        uses.add(new Use(path + ".caSecretRef", authorities, SecretUse.JWT));
      }
    }
    return uses;
  }

  /** What is wrong with the Secrets that a resource uses; their values are not read. */
  public List<Finding> findings(String kind, String name, List<Use> uses) {
    List<Finding> findings = new ArrayList<>();
    for (var use : uses) {
      var ref = use.secret();
      var known = labelled.getStore().getByKey(Cache.namespaceKeyFunc(namespace, ref.name()));
      var secret =
          known == null
              ? client.secrets().inNamespace(namespace).withName(ref.name()).get()
              : known;
      if (secret == null) {
        findings.add(
            new Finding(
                kind,
                name,
                "ResolvedRefs",
                "SecretNotFound",
                "Secret %s is not there; create it with key %s and the label %s: %s"
                    .formatted(ref.name(), ref.key(), SecretUse.LABEL, use.use()),
                use.path()));
      } else if (!use.use().equals(label(secret))) {
        findings.add(
            new Finding(
                kind,
                name,
                "ResolvedRefs",
                "RefNotPermitted",
                "Secret %s may not be used here, so its key %s is not read; label it %s: %s to allow that"
                    .formatted(ref.name(), ref.key(), SecretUse.LABEL, use.use()),
                use.path()));
      } else if (secret.getData() == null || !secret.getData().containsKey(ref.key())) {
        findings.add(
            new Finding(
                kind,
                name,
                "ResolvedRefs",
                "SecretNotFound",
                "Secret %s has no key %s; add it".formatted(ref.name(), ref.key()),
                use.path()));
      }
    }
    return findings;
  }

  /** Whether a Secret is there and its label allows a use. */
  public boolean permits(String name, String use) {
    var secret = labelled.getStore().getByKey(Cache.namespaceKeyFunc(namespace, name));
    return secret != null && use.equals(label(secret));
  }

  private static String label(Secret secret) {
    var labels = secret.getMetadata().getLabels();
    return labels == null ? "" : labels.getOrDefault(SecretUse.LABEL, "");
  }

  @Override
  public void close() {
    labelled.stop();
  }

  private static final class WithoutValues extends BasicItemStore<Secret> {

    WithoutValues() {
      super(Cache::metaNamespaceKeyFunc);
    }

    @Override
    public Secret put(String key, Secret secret) {
      var data = secret.getData() == null ? Map.<String, String>of() : secret.getData();
      return super.put(
          key,
          new SecretBuilder()
              .withMetadata(secret.getMetadata())
              .withData(data.keySet().stream().collect(Collectors.toMap(k -> k, k -> "")))
              .build());
    }
  }
}
