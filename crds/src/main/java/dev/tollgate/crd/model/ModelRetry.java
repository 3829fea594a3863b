package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** Trying again. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelRetry(
    @JsonPropertyDescription(
            "Tries after the first, on the same or another backend; 2 when absent.")
        @Min(0)
        @Max(5)
        @Default("2")
        @Nullable Integer attempts) {}
