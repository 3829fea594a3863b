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
            "Secrets of type kubernetes.io/tls. All HTTPS listeners of a pool serve all of them: the"
                + " one of the name that the caller asks for, the first where none has it.")
        @Required
        List<LocalRef> certificateRefs) {}
