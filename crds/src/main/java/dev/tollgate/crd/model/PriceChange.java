package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** Prices from a date on, in the currency and for the tokens of the first. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record PriceChange(
    @JsonPropertyDescription(
            "When they begin: a date, meaning its midnight in UTC, or a time in UTC such as 2027-01-01T08:00:00Z.")
        @Required
        @Pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$")
        String from,
    @JsonPropertyDescription("As in price.") @Required @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        String input,
    @JsonPropertyDescription("As in price.") @Required @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        String output,
    @JsonPropertyDescription("As in price.") @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        @Nullable String cachedInput,
    @JsonPropertyDescription("As in price.") @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        @Nullable String cacheWrite,
    @JsonPropertyDescription("As in price.") @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        @Nullable String cacheWriteHour) {}
