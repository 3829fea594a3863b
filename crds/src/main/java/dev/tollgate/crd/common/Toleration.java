package dev.tollgate.crd.common;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import org.jspecify.annotations.Nullable;

/** A taint that the pods put up with, as in a pod. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Toleration(
    @JsonPropertyDescription("Key of the taint; every key when absent.") @Nullable String key,
    @JsonPropertyDescription("Equal or Exists; Equal when absent.") @Pattern("^(Equal|Exists)$")
        @Nullable String operator,
    @JsonPropertyDescription("Value of the taint.") @Nullable String value,
    @JsonPropertyDescription("NoSchedule, PreferNoSchedule or NoExecute; every effect when absent.")
        @Pattern("^(NoSchedule|PreferNoSchedule|NoExecute)$")
        @Nullable String effect) {}
