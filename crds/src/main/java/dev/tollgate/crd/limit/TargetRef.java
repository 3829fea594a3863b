package dev.tollgate.crd.limit;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What a policy applies to. */
@ValidationRule(
    value = "self.kind in ['Plan', 'Tenant', 'ApiRoute', 'ModelRoute', 'GatewayPool']",
    message = "targets are Plan, Tenant, ApiRoute, ModelRoute or GatewayPool")
@ValidationRule(
    value = "!has(self.group) || self.group == 'tollgate.dev'",
    message = "targets are of group tollgate.dev")
@JsonIgnoreProperties(ignoreUnknown = true)
public record TargetRef(
    @JsonPropertyDescription("API group; tollgate.dev when absent.") @Default("tollgate.dev")
        @Nullable String group,
    @JsonPropertyDescription("Plan, Tenant, ApiRoute, ModelRoute or GatewayPool.") @Required
        String kind,
    @JsonPropertyDescription("Name of the resource.") @Required String name) {}
