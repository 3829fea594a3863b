package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.LocalRef;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts an API behind the gate. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ApiRouteSpec(
    @JsonPropertyDescription("GatewayPools that serve it; the one named default when absent.")
        @Nullable List<LocalRef> parentRefs,
    @JsonPropertyDescription("Which requests.") @Required Match match,
    @JsonPropertyDescription("What a caller must have.") @Nullable Requires requires,
    @JsonPropertyDescription("Requests one request counts for; 1 when absent.")
        @Min(0)
        @Default("1")
        @Nullable Long weight,
    @JsonPropertyDescription("Where requests go.") @Required List<Backend> backends,
    @JsonPropertyDescription("Limits on time.") @Nullable Timeouts timeouts,
    @JsonPropertyDescription("Trying again.") @Nullable Retry retry,
    @JsonPropertyDescription("Stops asking a backend that fails.")
        @Nullable CircuitBreaker circuitBreaker,
    @JsonPropertyDescription("Keeps answers.") @Nullable Cache cache) {}
