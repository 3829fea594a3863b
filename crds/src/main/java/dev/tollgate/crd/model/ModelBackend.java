package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.route.HeaderValue;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where calls for a model go. */
@ValidationRule(
    value = "has(self.url) != has(self.server)",
    message = "a backend has exactly one of url and server")
@ValidationRule(
    value = "!has(self.server) || self.provider != 'Anthropic'",
    message = "a ModelServer speaks the protocols Ollama and OpenAI")
@ValidationRule(
    value =
        "!has(self.caSecretRef) || (has(self.url) && self.url.matches('^[hH][tT][tT][pP][sS]:'))",
    message = "caSecretRef needs an https url")
@ValidationRule(
    value = "!has(self.responses) || !self.responses || self.provider == 'OpenAI'",
    message = "only a backend of provider OpenAI can have responses")
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelBackend(
    @JsonPropertyDescription("Name, unique in the route.")
        @Required
        @Pattern("^[a-z][a-z0-9-]{0,62}$")
        String name,
    @JsonPropertyDescription("Whose protocol it speaks.") @Required ModelProvider provider,
    @JsonPropertyDescription(
            "Base URL, http or https. For OpenAI what its clients call base_url: /chat/completions is put behind it, and /v1 between when it has no path. For Ollama and Anthropic what stands before /api and /v1.")
        @Nullable String url,
    @JsonPropertyDescription(
            "PEM certificates of the authorities that an https backend's own may come from, in place of the publicly known; from a Secret labelled tollgate.dev/use: upstream.")
        @Nullable SecretRef caSecretRef,
    @JsonPropertyDescription("A ModelServer in place of a URL.") @Nullable String server,
    @JsonPropertyDescription("What the backend calls the model.") @Required String model,
    @JsonPropertyDescription("API key, from a Secret labelled tollgate.dev/use: upstream.")
        @Nullable SecretRef keySecretRef,
    @JsonPropertyDescription("Further headers that are set on the way to this backend.")
        @Nullable List<HeaderValue> headers,
    @JsonPropertyDescription(
            "Whether an OpenAI backend has /responses itself: clients of /v1/responses are then passed on to it as they are, built-in tools included. When false or absent, or when the route masks answers, they are translated to chat.")
        @Default("false")
        @Nullable Boolean responses,
    @JsonPropertyDescription(
            "Backends of a larger number are asked only when none of a smaller one can be; 0 when absent.")
        @Min(0)
        @Max(100)
        @Default("0")
        @Nullable Integer priority,
    @JsonPropertyDescription("Share among the backends of the same priority; 1 when absent.")
        @Min(0)
        @Max(1000000)
        @Default("1")
        @Nullable Integer weight,
    @JsonPropertyDescription("Calls at once, per replica; 64 when absent.")
        @Min(1)
        @Max(100000)
        @Default("64")
        @Nullable Integer maxConcurrent,
    @JsonPropertyDescription("Calls that may wait for their turn, per replica; 256 when absent.")
        @Min(0)
        @Max(100000)
        @Default("256")
        @Nullable Integer maxPending) {}
