package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Trying again; only idempotent requests, or failures before anything was sent. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Retry(
    @JsonPropertyDescription("Tries after the first; 1 when absent.") @Min(0) @Max(5) @Default("1")
        @Nullable Integer attempts,
    // not "on": to YAML 1.1, which kubectl and Helm read, that word is the boolean true
    @JsonProperty("reasons")
        @JsonPropertyDescription(
            "ConnectFailure, Reset, Timeout, or a status such as 503; ConnectFailure and Reset when absent.")
        @Nullable List<String> on,
    @JsonPropertyDescription(
            "Retries at most, in percent of the requests of the last 10 s; 20 when absent.")
        @Min(0)
        @Max(100)
        @Default("20")
        @Nullable Integer budgetPercent,
    @JsonPropertyDescription(
            "From the beginning of one try to the end of its response head; what is left of"
                + " timeouts.request when absent.")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String timeout) {}
