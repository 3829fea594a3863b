package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.LocalRef;
import dev.tollgate.crd.route.Requires;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sells language models. */
@ValidationRule(
    value = "self.backends.exists(b, !has(b.weight) || b.weight > 0)",
    message = "at least one backend has a weight above 0")
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelRouteSpec(
    @JsonPropertyDescription("GatewayPools that serve it; the one named default when absent.")
        @Nullable List<LocalRef> parentRefs,
    @JsonPropertyDescription(
            "What a client may send as model: names and aliases. A name belongs to one route of a pool.")
        @Required
        List<@Pattern("^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$") String> models,
    @JsonPropertyDescription("What a caller must have.") @Nullable Requires requires,
    @JsonPropertyDescription("Requests one call counts for; 1 when absent.") @Min(0) @Default("1")
        @Nullable Long weight,
    @JsonPropertyDescription("Where calls go.") @Required List<ModelBackend> backends,
    @JsonPropertyDescription(
            "Asking the backends whether they are there and have the model loaded.")
        @Nullable ModelHealth health,
    @JsonPropertyDescription("Limits on time.") @Nullable ModelTimeouts timeouts,
    @JsonPropertyDescription(
            "Trying again, only before the first content has gone out; 2 further tries when absent.")
        @Nullable ModelRetry retry,
    @JsonPropertyDescription("When the caller hangs up.") @Nullable OnDisconnect onDisconnect,
    @JsonPropertyDescription("What tokens cost; absent means nothing.") @Nullable ModelPrice price,
    @JsonPropertyDescription("Keeps answers to calls that are equal to the letter.")
        @Nullable ModelCache cache,
    @JsonPropertyDescription("What is refused or masked.") @Nullable Guardrails guardrails) {}
