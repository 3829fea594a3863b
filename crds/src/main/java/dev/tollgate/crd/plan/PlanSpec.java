package dev.tollgate.crd.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.model.OnDisconnect;
import io.fabric8.generator.annotation.Default;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is sold. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PlanSpec(
    @JsonPropertyDescription("Name for people.") @Nullable String displayName,
    @JsonPropertyDescription("Base price; absent means free.") @Nullable Price price,
    @JsonPropertyDescription("What is counted and included.") @Nullable List<Meter> meters,
    @JsonPropertyDescription("Features that the plan switches on.") @Nullable List<String> features,
    @JsonPropertyDescription("Models that the plan may use; absent means all.")
        @Nullable List<String> models,
    @JsonPropertyDescription(
            "When a caller hangs up in a call to a model; absent means as the ModelRoute says.")
        @Nullable OnDisconnect onDisconnect,
    @JsonPropertyDescription("Weight in fair queues; Normal when absent.") @Default("Normal")
        @Nullable Priority priority,
    @JsonPropertyDescription("Shared tables, or an own database and user; Shared when absent.")
        @Default("Shared")
        @Nullable Isolation isolation,
    @JsonPropertyDescription("GatewayPool that serves its tenants; default when absent.")
        @Default("default")
        @Nullable String gatewayPool,
    @JsonPropertyDescription("ShardPool that holds its tenants; default when absent.")
        @Default("default")
        @Nullable String shardPool) {}
