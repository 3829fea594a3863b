package dev.tollgate.crd.billing;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.SecretRef;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An account at Stripe. */
@ValidationRule(
    value = "self.webhookSecretRefs.size() >= 1 && self.webhookSecretRefs.size() <= 2",
    message = "one or two webhook secrets are live")
@JsonIgnoreProperties(ignoreUnknown = true)
public record Stripe(
    @JsonPropertyDescription(
            "Secret key of the account, from a Secret labelled tollgate.dev/use: billing.")
        @Required
        SecretRef apiKeySecretRef,
    @JsonPropertyDescription(
            "Signing secrets of the webhook endpoint, at most two while one replaces the other.")
        @Required
        List<SecretRef> webhookSecretRefs,
    @JsonPropertyDescription("Base URL of the interface; https://api.stripe.com when absent.")
        @Default("https://api.stripe.com")
        @Nullable String apiBase) {}
