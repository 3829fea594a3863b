package dev.tollgate.crd.common;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;

/** An amount of money as people write it. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Amount(
    @JsonPropertyDescription("Decimal number in major units, such as 9.00.")
        @Required
        @Pattern("^[0-9]{1,12}(\\.[0-9]{1,8})?$")
        String amount,
    @JsonPropertyDescription("ISO 4217 code.") @Required @Pattern("^[A-Z]{3}$") String currency) {}
