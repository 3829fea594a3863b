package dev.tollgate.crd.shard;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.SecretRef;
import io.fabric8.generator.annotation.Required;

/** A database that exists. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ExternalShard(
    @JsonPropertyDescription("Name of the shard.") @Required String name,
    @JsonPropertyDescription("JDBC URL without credentials.") @Required String jdbcUrl,
    @JsonPropertyDescription("Password.") @Required SecretRef passwordSecretRef,
    @JsonPropertyDescription("User.") @Required String user) {}
