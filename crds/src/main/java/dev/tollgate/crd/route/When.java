package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When a backend takes part. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record When(
    @JsonPropertyDescription(
            "Takes part only while the route gets more requests a second than this many.")
        @Min(1)
        @Nullable Long requestsPerSecondAbove,
    @JsonPropertyDescription("Only for callers whose X-Tollgate-Region is this.")
        @Nullable String region,
    @JsonPropertyDescription("Only for requests whose X-Tollgate-Version is this.")
        @Nullable String version,
    @JsonPropertyDescription("Only for tenants whose metadata.labels have all of these, 8 at most.")
        @Size(max = 8)
        @Nullable Map<String, String> tenantLabels) {}
