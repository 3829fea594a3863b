package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.SecretRef;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** The Redis, or Redis Cluster, of Redis-backed limits and shared quotas. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Redis(
    @JsonPropertyDescription(
            "redis:// or rediss:// URL without credentials; of a Redis Cluster redis-cluster:// or"
                + " rediss-cluster:// and one or more host:port with commas between.")
        @Required
        String url,
    @JsonPropertyDescription("Password.") @Nullable SecretRef passwordSecretRef) {}
