package dev.tollgate.crd.limit;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Limits and what they apply to. All policies that match apply; the strictest wins. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RateLimitPolicySpec(
    @JsonPropertyDescription("What the limits apply to.") @Required List<TargetRef> targetRefs,
    @JsonPropertyDescription("Memory (a limit per replica) or Redis; Memory when absent.")
        @Default("Memory")
        @Nullable LimitBackend backend,
    @JsonPropertyDescription("What happens while Redis is away; LocalShare when absent.")
        @Default("LocalShare")
        @Nullable WhenUnavailable whenUnavailable,
    @JsonPropertyDescription("The limits.") @Required List<LimitRule> limits) {}
