package dev.tollgate.crd.access;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.SecretRef;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An issuer whose JSON Web Tokens are believed. Exactly one of jwksUri, discovery and hmacSecretRef
 * is given.
 */
@ValidationRule(
    value =
        "[has(self.jwksUri), has(self.discovery) && self.discovery, has(self.hmacSecretRef)].exists_one(given, given)",
    message = "a trust has exactly one of jwksUri, discovery: true and hmacSecretRef")
@ValidationRule(
    value =
        "!has(self.algorithms) || self.algorithms.all(a, (a == 'HS256') == has(self.hmacSecretRef))",
    message = "HS256 goes with hmacSecretRef, RS256 and ES256 with public keys")
@ValidationRule(
    value =
        "!has(self.caSecretRef) || (!has(self.hmacSecretRef) && (has(self.jwksUri) ? self.jwksUri : self.issuer).matches('^[hH][tT][tT][pP][sS]:'))",
    message = "caSecretRef needs an https jwksUri, or discovery with an https issuer")
@JsonIgnoreProperties(ignoreUnknown = true)
public record Trust(
    @JsonPropertyDescription("The iss claim, to the letter.") @Required String issuer,
    @JsonPropertyDescription("Accepted aud claims.") @Required List<String> audiences,
    @JsonPropertyDescription("Where the public keys are (RFC 7517).") @Nullable String jwksUri,
    @JsonPropertyDescription("Read jwks_uri from the issuer's /.well-known/openid-configuration.")
        @Nullable Boolean discovery,
    @JsonPropertyDescription(
            "PEM certificates of the authorities that the certificate of the server of the keys may come from, in place of the publicly known; from a Secret labelled tollgate.dev/use: jwt.")
        @Nullable SecretRef caSecretRef,
    @JsonPropertyDescription("The shared secret for HS256.") @Nullable SecretRef hmacSecretRef,
    @JsonPropertyDescription(
            "Accepted algorithms; HS256 for a shared secret and RS256, ES256 for public keys when absent.")
        @Nullable List<SignatureAlgorithm> algorithms,
    @JsonPropertyDescription("Claim that names the tenant; only in the trusts of a GatewayPool.")
        @Nullable String tenantClaim) {}
