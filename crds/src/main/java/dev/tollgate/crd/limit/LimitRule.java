package dev.tollgate.crd.limit;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Amount;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One limit. */
@ValidationRule(
    value = "(self.meter == 'concurrency') != has(self.per)",
    message = "a limit needs per, and concurrency has none")
@ValidationRule(
    value =
        "self.meter == 'money' ? has(self.amount) && !has(self.limit) : has(self.limit) && !has(self.amount)",
    message = "meter money has an amount, every other meter a limit")
@JsonIgnoreProperties(ignoreUnknown = true)
public record LimitRule(
    @JsonPropertyDescription("Name, unique in the policy; shown in RateLimit headers.")
        @Required
        @Pattern("^[a-z][a-z0-9-]{0,62}$")
        String name,
    @JsonPropertyDescription("requests, bytes, tokens, money or concurrency.")
        @Required
        @Pattern("^[a-z][a-z0-9-]{0,30}$")
        String meter,
    @JsonPropertyDescription("Units per window, or at once for concurrency.") @Min(0)
        @Nullable Long limit,
    @JsonPropertyDescription("For meter money, in place of limit.") @Nullable Amount amount,
    @JsonPropertyDescription("Window; not used for concurrency.") @Nullable Window per,
    @JsonPropertyDescription(
            "Units that may come at once; the limit itself when absent. Has no effect per Day or Month,"
                + " nor for money.")
        @Min(1)
        @Nullable Long burst,
    @JsonPropertyDescription(
            "What each counter is kept for: Tenant, Key, Route, Model (calls to models alone, whatever"
                + " alias they name) or Address; Tenant when absent.")
        @Default("Tenant")
        @Nullable LimitBy by) {}
