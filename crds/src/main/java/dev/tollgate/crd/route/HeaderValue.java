package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.SecretRef;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A header that is set on the request to a backend. */
@ValidationRule(
    value = "has(self.value) != has(self.valueSecretRef)",
    message = "a header has exactly one of value and valueSecretRef")
@JsonIgnoreProperties(ignoreUnknown = true)
public record HeaderValue(
    @JsonPropertyDescription("Header name.") @Required String name,
    @JsonPropertyDescription("Plain value.") @Nullable String value,
    @JsonPropertyDescription("Value from a Secret labelled tollgate.dev/use: upstream.")
        @Nullable SecretRef valueSecretRef) {}
