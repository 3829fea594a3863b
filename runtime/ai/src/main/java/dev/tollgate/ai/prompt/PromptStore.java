package dev.tollgate.ai.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.core.store.StoreException;
import dev.tollgate.crd.view.PromptVersionView;
import io.micronaut.context.annotation.Property;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The versions of prompts that were accepted and where labels point, in the platform database. The
 * first content of a version is kept for ever; of two replicas that bring different ones at once,
 * one is first.
 */
@Singleton
public final class PromptStore {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final PromptVersionRows rows;
  private final PromptLabelRows labels;
  private final String namespace;

  PromptStore(
      PromptVersionRows rows,
      PromptLabelRows labels,
      @Property(name = "tollgate.namespace") String namespace) {
    this.rows = rows;
    this.labels = labels;
    this.namespace = namespace;
  }

  /**
   * Keeps a version, unless there is one already.
   *
   * @return the version that is kept
   * @throws StoreException when the database does not answer
   */
  public PromptVersionView accept(String prompt, PromptVersionView version) {
    var row =
        new PromptVersionRow(
            namespace,
            prompt,
            version.version(),
            version.digest(),
            json(version),
            System.currentTimeMillis());
    StoreException.unless(
        "version " + version.version() + " of the prompt " + prompt + " was not kept",
        () -> rows.insertIfAbsent(row));
    return Objects.requireNonNull(find(prompt, version.version()), "what was just kept is gone");
  }

  /**
   * The version that is kept, or null.
   *
   * @throws StoreException when the database does not answer
   */
  public @Nullable PromptVersionView find(String prompt, int version) {
    var failure = "version " + version + " of the prompt " + prompt + " cannot be read";
    var body =
        StoreException.unless(
            failure, () -> rows.findBodyByNamespaceAndPromptAndVersion(namespace, prompt, version));
    try {
      return body.isEmpty() ? null : JSON.readValue(body.get(), PromptVersionView.class);
    } catch (JsonProcessingException e) {
      throw new StoreException(failure, e);
    }
  }

  /**
   * The version that each label of a prompt points to.
   *
   * @throws StoreException when the database does not answer
   */
  public Map<String, Integer> labels(String prompt) {
    return StoreException.unless(
            "the labels of the prompt " + prompt + " cannot be read",
            () -> labels.findByNamespaceAndPrompt(namespace, prompt))
        .stream()
        .collect(Collectors.toMap(PromptLabelRow::label, PromptLabelRow::version));
  }

  /**
   * Keeps where a label points.
   *
   * @param version null when there is no such label any more
   * @throws StoreException when the database does not answer
   */
  public void label(String prompt, String label, @Nullable Integer version) {
    StoreException.unless(
        "the label " + label + " of the prompt " + prompt + " was not kept",
        () -> {
          if (version == null) {
            labels.remove(namespace, prompt, label);
          } else {
            labels.put(new PromptLabelRow(namespace, prompt, label, version));
          }
        });
  }

  private static String json(PromptVersionView version) {
    try {
      return JSON.writeValueAsString(version);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a version of a prompt is always JSON", e);
    }
  }
}
