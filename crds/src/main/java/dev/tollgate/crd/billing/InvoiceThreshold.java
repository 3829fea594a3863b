package dev.tollgate.crd.billing;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;

/** A quantity that an invoice is sent for. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record InvoiceThreshold(
    @JsonPropertyDescription("requests, bytes or tokens.")
        @Required
        @Pattern("^[a-z][a-z0-9-]{0,30}$")
        String meter,
    @JsonPropertyDescription("Units since the last invoice.") @Required @Min(1) long quantity) {}
