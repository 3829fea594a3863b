package dev.tollgate.crd.view;

import dev.tollgate.crd.access.SignatureAlgorithm;
import dev.tollgate.crd.common.SecretRef;
import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An issuer whose tokens are believed. {@code tenant} is the name of the tenant that owns it, null
 * when a pool does.
 */
public record TrustView(
    String issuer,
    Set<String> audiences,
    @Nullable URI jwksUri,
    boolean discovery,
    @Nullable SecretRef authorities,
    @Nullable SecretRef hmacSecretRef,
    Set<SignatureAlgorithm> algorithms,
    @Nullable String tenantClaim,
    @Nullable String tenant) {}
