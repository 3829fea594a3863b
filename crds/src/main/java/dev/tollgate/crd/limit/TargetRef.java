package dev.tollgate.crd.limit;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** What a policy applies to. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TargetRef(
    @JsonPropertyDescription("API group; tollgate.dev when absent.") @Nullable String group,
    @JsonPropertyDescription("Plan, Tenant, ApiRoute, ModelRoute or GatewayPool.") @Required
        String kind,
    @JsonPropertyDescription("Name of the resource.") @Required String name) {}
