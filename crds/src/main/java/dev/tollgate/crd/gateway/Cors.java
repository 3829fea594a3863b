package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which pages' scripts may call from a browser (CORS, as the Fetch standard has it). */
@ValidationRule(
    value =
        "!has(self.allowCredentials) || !self.allowCredentials || !self.allowOrigins.exists(o, o == '*')",
    message = "with allowCredentials the origins must be named; '*' is not possible")
@ValidationRule(
    value = "self.allowOrigins.all(o, o.matches('" + Cors.ORIGIN + "'))",
    message =
        "an origin is a scheme and a host, in lower case and without a path, such as https://app.example.com or https://*.example.com")
@JsonIgnoreProperties(ignoreUnknown = true)
public record Cors(
    @JsonPropertyDescription(
            "Origins of pages: https://app.example.com, https://*.example.com for every name below it,"
                + " or * for all.")
        @Required
        @Size(min = 1, max = 64)
        List<String> allowOrigins,
    @JsonPropertyDescription("Whether a browser may send cookies along and keep those it gets.")
        @Default("false")
        @Nullable Boolean allowCredentials,
    @JsonPropertyDescription("How long a browser need not ask again; 10m when absent.")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String maxAge) {

  /** What an origin looks like: {@code *}, or scheme, host and port as a browser writes them. */
  public static final String ORIGIN =
      "^([*]|[a-z][a-z0-9+.-]*://([*][.])?[a-z0-9.-]+(:[0-9]{1,5})?)$";
}
