package dev.tollgate.crd.view;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A route with every default filled in. {@code pools} are the GatewayPools that serve it; {@code
 * path} has no trailing slash unless it is the root; empty {@code methods} and {@code hostnames}
 * mean all; {@code weight} is the number of requests one counts for.
 */
public record RouteView(
    String name,
    Set<String> pools,
    String path,
    Set<String> methods,
    Set<String> hostnames,
    @Nullable String scope,
    @Nullable String feature,
    long weight,
    List<BackendView> backends,
    Duration connectTimeout,
    Duration requestTimeout,
    Duration idleTimeout,
    RetryView retry,
    @Nullable BreakerView breaker,
    @Nullable Duration cacheFor,
    List<LimitView> limits)
    implements ProductView {}
