package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.SecretRef;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** An environment variable of the replicas. */
@ValidationRule(
    value = "has(self.value) != has(self.valueSecretRef)",
    message = "a variable has exactly one of value and valueSecretRef")
@JsonIgnoreProperties(ignoreUnknown = true)
public record EnvVariable(
    @JsonPropertyDescription("Its name, such as OTEL_EXPORTER_OTLP_ENDPOINT.")
        @Required
        @Pattern("^[A-Za-z_][A-Za-z0-9_]*$")
        String name,
    @JsonPropertyDescription("Plain value.") @Nullable String value,
    @JsonPropertyDescription("Value from a Secret labelled tollgate.dev/use: gateway.")
        @Nullable SecretRef valueSecretRef) {}
