package dev.tollgate.operator.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the operator has put on the claim of a replica: the source of each model, by its full name,
 * in an annotation of the claim, which lives as long as the models do. So a model whose source was
 * changed is told from one that is as it should be, and one that is wanted no more from one that
 * somebody made by hand.
 */
final class ClaimRecord {

  static final String ANNOTATION = "tollgate.dev/models";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<Map<String, String>> TYPE = new TypeReference<>() {};

  private final KubernetesClient client;
  private final @Nullable PersistentVolumeClaim claim;
  private final Map<String, String> sources;

  /**
   * @param claim null while there is none; then nothing is known and nothing is kept
   */
  ClaimRecord(KubernetesClient client, @Nullable PersistentVolumeClaim claim) {
    this.client = client;
    this.claim = claim;
    this.sources = read(claim);
  }

  private static Map<String, String> read(@Nullable PersistentVolumeClaim claim) {
    var annotations = claim == null ? null : claim.getMetadata().getAnnotations();
    var text = annotations == null ? null : annotations.get(ANNOTATION);
    if (text == null) {
      return new TreeMap<>();
    }
    try {
      return new TreeMap<>(JSON.readValue(text, TYPE));
    } catch (JsonProcessingException e) {
      // edited by hand; what the replica holds is then taken to be as it should be
      return new TreeMap<>();
    }
  }

  Map<String, String> sources() {
    return Map.copyOf(sources);
  }

  /**
   * @param source null when the model is gone
   */
  void put(String model, @Nullable String source) {
    if (claim == null) {
      return;
    }
    if (source == null) {
      sources.remove(model);
    } else {
      sources.put(model, source);
    }
    var meta = claim.getMetadata();
    try {
      var patch =
          JSON.writeValueAsString(
              Map.of(
                  "metadata",
                  Map.of("annotations", Map.of(ANNOTATION, JSON.writeValueAsString(sources)))));
      client
          .persistentVolumeClaims()
          .inNamespace(meta.getNamespace())
          .withName(meta.getName())
          .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
