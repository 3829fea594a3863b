package dev.tollgate.crd.resolve;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where requests go: exactly one of {@code url} and {@code builtin}. {@code aboveRequestsPerSecond}
 * is 0 when it always takes part.
 */
public record BackendView(
    String name,
    @Nullable URI url,
    @Nullable String builtin,
    int weight,
    @Nullable String region,
    @Nullable String version,
    List<HeaderView> headers,
    long aboveRequestsPerSecond,
    @Nullable String whenRegion,
    @Nullable String whenVersion,
    int maxConnections,
    int maxPending) {}
