package dev.tollgate.crd.view;

import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.model.ModelProvider;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where calls for a model go. {@code url} is the base that the paths of the provider follow; for a
 * {@code server} it is the address of that ModelServer in the cluster. {@code responses} says that
 * OpenAI's responses are spoken there, not its chat alone.
 */
public record ModelBackendView(
    String name,
    ModelProvider provider,
    URI url,
    @Nullable SecretRef authorities,
    String model,
    @Nullable SecretRef key,
    List<HeaderView> headers,
    boolean responses,
    int priority,
    int weight,
    int maxConcurrent,
    int maxPending,
    @Nullable String server) {}
