package dev.tollgate.crd.tenant;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.SecretRef;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A receiver of events. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Webhook(
    @JsonPropertyDescription(
            "http:// or https:// URL without credentials, at a public address; others are never"
                + " called.")
        @Required
        String url,
    @JsonPropertyDescription(
            "Secret labelled tollgate.dev/use: webhook; its value is whsec_ and 24 to 64 random"
                + " bytes in base64, and events are signed with it as Standard Webhooks says. Not"
                + " signed when absent.")
        @Nullable SecretRef secretRef) {}
