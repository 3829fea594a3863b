package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.SecretRef;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** The Redis of Redis-backed limits. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Redis(
    @JsonPropertyDescription("redis:// or rediss:// URL without credentials.") @Required String url,
    @JsonPropertyDescription("Password.") @Nullable SecretRef passwordSecretRef) {}
