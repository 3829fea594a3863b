package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A GGUF file. */
@ValidationRule(
    value = "has(self.path) != has(self.url)",
    message = "a model file has exactly one of path and url")
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelFile(
    @JsonPropertyDescription("Path on the volume of the server, below /models.")
        @Pattern("^/models/[A-Za-z0-9._/-]{1,200}$")
        @Nullable String path,
    @JsonPropertyDescription("URL, https or http.") @Nullable String url,
    @JsonPropertyDescription("SHA-256 of the file in hex; checked when given.")
        @Pattern("^[0-9a-f]{64}$")
        @Nullable String sha256) {}
