package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A port that is open to callers. */
@ValidationRule(
    value = "self.protocol != 'HTTPS' || (has(self.tls) && self.tls.certificateRefs.size() > 0)",
    message = "an HTTPS listener needs tls.certificateRefs")
@ValidationRule(
    value = "self.protocol != 'HTTP' || !has(self.tls)",
    message = "an HTTP listener has no tls")
@JsonIgnoreProperties(ignoreUnknown = true)
public record Listener(
    @JsonPropertyDescription("Name, unique in the pool.") @Required String name,
    @JsonPropertyDescription("Port of the Service.") @Required @Min(1) @Max(65535) int port,
    @JsonPropertyDescription("HTTP or HTTPS.") @Required Protocol protocol,
    @JsonPropertyDescription("Host names it answers to, others get 421; all when absent.")
        @Nullable List<String> hostnames,
    @JsonPropertyDescription("Needed when protocol is HTTPS.") @Nullable Tls tls) {}
