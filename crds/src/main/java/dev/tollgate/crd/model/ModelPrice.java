package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What tokens cost. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelPrice(
    @JsonPropertyDescription("ISO 4217 code.") @Required @Pattern("^[A-Z]{3}$") String currency,
    @JsonPropertyDescription("Tokens that a price is for; 1000000 when absent.")
        @Min(1)
        @Max(1000000000)
        @Default("1000000")
        @Nullable Long per,
    @JsonPropertyDescription("Price of so many tokens of the prompt, in major units.")
        @Required
        @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        String input,
    @JsonPropertyDescription("Price of so many tokens of the answer, in major units.")
        @Required
        @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        String output,
    @JsonPropertyDescription(
            "Price of so many tokens of the prompt that the provider had cached; that of input when absent.")
        @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        @Nullable String cachedInput,
    @JsonPropertyDescription(
            "Price of so many tokens of the prompt that the provider wrote into its cache; that of input when absent.")
        @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        @Nullable String cacheWrite,
    @JsonPropertyDescription(
            "Price of so many of those that the provider keeps for an hour; that of cacheWrite when absent.")
        @Pattern("^[0-9]{1,9}(\\.[0-9]{1,8})?$")
        @Nullable String cacheWriteHour,
    @JsonPropertyDescription("Prices that come later, by date.")
        @Nullable List<PriceChange> changes) {}
