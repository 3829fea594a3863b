package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Personal data that is replaced by its kind in brackets, such as [EMAIL]. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Mask(
    @JsonPropertyDescription("Which.") @Required List<PersonalData> kinds,
    @JsonPropertyDescription("On the way to the model; true when absent.") @Default("true")
        @Nullable Boolean requests,
    @JsonPropertyDescription("On the way to the caller; true when absent.") @Default("true")
        @Nullable Boolean responses) {}
