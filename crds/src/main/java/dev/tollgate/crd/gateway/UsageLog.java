package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/** The durable log of usage that each replica writes. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record UsageLog(
    @JsonPropertyDescription("Size of the claim of each replica; 2Gi when absent.") @Default("2Gi")
        @Nullable String storage,
    @JsonPropertyDescription("Keep it on the node, lost with the pod; only where that is accepted.")
        @Nullable Boolean emptyDir,
    @JsonPropertyDescription("Storage class.") @Nullable String storageClassName) {}
