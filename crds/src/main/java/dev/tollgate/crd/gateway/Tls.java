package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.LocalRef;
import io.fabric8.generator.annotation.Required;
import java.util.List;

/** Certificates of a listener. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Tls(
    @JsonPropertyDescription(
            "Secrets of type kubernetes.io/tls. The first of the pool that is there is served on all"
                + " its HTTPS listeners.")
        @Required
        List<LocalRef> certificateRefs) {}
