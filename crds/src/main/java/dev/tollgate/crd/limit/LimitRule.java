package dev.tollgate.crd.limit;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Amount;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** One limit. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record LimitRule(
    @JsonPropertyDescription("Name, unique in the policy; shown in RateLimit headers.")
        @Required
        @Pattern("^[a-z][a-z0-9-]{0,62}$")
        String name,
    @JsonPropertyDescription("requests, bytes, tokens, money or concurrency.")
        @Required
        @Pattern("^[a-z][a-z0-9-]{0,30}$")
        String meter,
    @JsonPropertyDescription("Units per window, or at once for concurrency.") @Min(0)
        @Nullable Long limit,
    @JsonPropertyDescription("For meter money, in place of limit.") @Nullable Amount amount,
    @JsonPropertyDescription("Window; not used for concurrency.") @Nullable Window per,
    @JsonPropertyDescription("Units that may come at once; the limit itself when absent.") @Min(1)
        @Nullable Long burst,
    @JsonPropertyDescription("What each counter is kept for; Tenant when absent.")
        @Nullable LimitBy by) {}
