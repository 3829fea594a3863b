package dev.tollgate.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which requests. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Match(
    @JsonPropertyDescription(
            "Path prefix on segment borders; /v1/weather matches /v1/weather and /v1/weather/today.")
        @Required
        @Pattern("^/[^?#]*$")
        String path,
    @JsonPropertyDescription("HTTP methods; all when absent.") @Nullable List<String> methods,
    @JsonPropertyDescription("Host names; all of the listener when absent.")
        @Nullable List<String> hostnames) {}
