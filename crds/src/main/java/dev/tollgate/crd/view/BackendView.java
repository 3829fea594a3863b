package dev.tollgate.crd.view;

import dev.tollgate.crd.common.SecretRef;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where requests go: exactly one of {@code url} and {@code builtin}. {@code aboveRequestsPerSecond}
 * is 0, and {@code whenTenantLabels} empty, when that keeps nobody away.
 */
public record BackendView(
    String name,
    @Nullable URI url,
    @Nullable SecretRef authorities,
    @Nullable String builtin,
    int weight,
    @Nullable String region,
    @Nullable String version,
    List<HeaderView> headers,
    long aboveRequestsPerSecond,
    @Nullable String whenRegion,
    @Nullable String whenVersion,
    Map<String, String> whenTenantLabels,
    int maxConnections,
    int maxPending) {}
