package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.Conditioned;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the route. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ApiRouteStatus(
    @JsonPropertyDescription("Generation that this status tells of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Accepted, ResolvedRefs, Programmed.")
        @Nullable List<Condition> conditions,
    @JsonPropertyDescription("The same per pool.") @Nullable List<ParentStatus> parents)
    implements Conditioned {}
