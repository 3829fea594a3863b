package dev.tollgate.crd.view;

import java.time.Duration;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model route with every default filled in. {@code pools} are the GatewayPools that serve it;
 * {@code models} what clients send, the name first and then its aliases; {@code prices} by date,
 * newest first, and empty when calls cost nothing; {@code weight} the number of requests one call
 * counts for.
 */
public record ModelRouteView(
    String name,
    Set<String> pools,
    SequencedSet<String> models,
    @Nullable String scope,
    @Nullable String feature,
    long weight,
    List<ModelBackendView> backends,
    Duration healthInterval,
    Duration connectTimeout,
    Duration firstTokenTimeout,
    Duration silenceTimeout,
    Duration totalTimeout,
    Duration heartbeat,
    int retryAttempts,
    DisconnectView onDisconnect,
    List<ModelPriceView> prices,
    @Nullable ModelCacheView cache,
    GuardrailView guardrails,
    List<LimitView> limits)
    implements ProductView {}
