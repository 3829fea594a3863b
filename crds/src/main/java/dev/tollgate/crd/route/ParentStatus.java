package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.LocalRef;
import io.fabric8.generator.annotation.Required;
import java.util.List;

/** How one GatewayPool sees the route. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ParentStatus(
    @JsonPropertyDescription("The pool.") @Required LocalRef parentRef,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed.") @Required
        List<Condition> conditions) {}
