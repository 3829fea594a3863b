package dev.tollgate.crd.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** The price of a plan per period. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Price(
    @JsonPropertyDescription("Decimal number in major units, such as 9.00.")
        @Required
        @Pattern("^[0-9]{1,12}(\\.[0-9]{1,8})?$")
        String amount,
    @JsonPropertyDescription("ISO 4217 code.") @Required @Pattern("^[A-Z]{3}$") String currency,
    @JsonPropertyDescription("How often it is charged; Month when absent.") @Default("Month")
        @Nullable BillingPeriod per) {}
