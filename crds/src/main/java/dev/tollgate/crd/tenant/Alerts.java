package dev.tollgate.crd.tenant;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** How the tenant is told that a threshold of what its plan includes was reached. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Alerts(
    @JsonPropertyDescription("Where alerts are posted to.") @Nullable Webhook webhook) {}
