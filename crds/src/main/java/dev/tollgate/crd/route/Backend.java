package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.SecretRef;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where requests go. */
@ValidationRule(
    value = "has(self.url) != has(self.builtin)",
    message = "a backend has exactly one of url and builtin")
@ValidationRule(
    value =
        "!has(self.caSecretRef) || (has(self.url) && self.url.matches('^[hH][tT][tT][pP][sS]:'))",
    message = "caSecretRef needs an https url")
@JsonIgnoreProperties(ignoreUnknown = true)
public record Backend(
    @JsonPropertyDescription("Name, unique in the route.")
        @Required
        @Pattern("^[a-z][a-z0-9-]{0,62}$")
        String name,
    @JsonPropertyDescription(
            "Base URL, http or https, or h2c for HTTP/2 without TLS; the rest of the path is appended.")
        @Nullable String url,
    @JsonPropertyDescription(
            "PEM certificates of the authorities that an https backend's own may come from, in place of the publicly known; from a Secret labelled tollgate.dev/use: upstream.")
        @Nullable SecretRef caSecretRef,
    @JsonPropertyDescription("A built-in product in place of a URL: JsonTool.")
        @Nullable String builtin,
    @JsonPropertyDescription("Share among the backends; 1 when absent.")
        @Min(0)
        @Max(1000000)
        @Default("1")
        @Nullable Integer weight,
    @JsonPropertyDescription(
            "Region; a request that names it in X-Tollgate-Region comes here before others.")
        @Nullable String region,
    @JsonPropertyDescription(
            "Version; a request that names it in X-Tollgate-Version comes here before others.")
        @Nullable String version,
    @JsonPropertyDescription("Headers that are set on the way to this backend.")
        @Nullable List<HeaderValue> headers,
    @JsonPropertyDescription("When this backend takes part.") @Nullable When when,
    @JsonPropertyDescription(
            "Requests at once, per replica; 64 when absent. Idle connections may come on top, for each event loop keeps its own.")
        @Min(1)
        @Max(10000)
        @Default("64")
        @Nullable Integer maxConnections,
    @JsonPropertyDescription(
            "Requests that may wait for a connection, per replica; 256 when absent.")
        @Min(0)
        @Max(100000)
        @Default("256")
        @Nullable Integer maxPending) {}
