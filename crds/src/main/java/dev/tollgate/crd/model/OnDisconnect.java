package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** When the caller hangs up. */
@ValidationRule(
    value = "!has(self.atMost) || (has(self.mode) && self.mode == 'Drain')",
    message = "atMost goes with mode Drain")
@JsonIgnoreProperties(ignoreUnknown = true)
public record OnDisconnect(
    @JsonPropertyDescription(
            "Cancel the upstream call, or Drain it to learn what it used; Cancel when absent.")
        @Default("Cancel")
        @Nullable DisconnectMode mode,
    @JsonPropertyDescription("How long Drain goes on; 2s when absent.")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String atMost) {}
