package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A port that is open to callers. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Listener(
    @JsonPropertyDescription("Name, unique in the pool.") @Required String name,
    @JsonPropertyDescription("Port of the Service.") @Required @Min(1) @Max(65535) int port,
    @JsonPropertyDescription("HTTP or HTTPS.") @Required Protocol protocol,
    @JsonPropertyDescription("Host names it answers to; all when absent.")
        @Nullable List<String> hostnames,
    @JsonPropertyDescription("Needed when protocol is HTTPS.") @Nullable Tls tls) {}
