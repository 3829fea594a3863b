package dev.tollgate.crd.view;

import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.gateway.Role;
import dev.tollgate.crd.value.AddressRange;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A gateway pool as the runtime sees it. */
public record GatewayPoolView(
    String name,
    Set<Role> roles,
    String platformShardPool,
    @Nullable String redisUrl,
    @Nullable SecretRef redisPassword,
    @Nullable CorsView cors,
    List<AddressRange> trustedProxies,
    List<TrustView> trusts,
    List<LimitView> limits) {}
