package dev.tollgate.crd.prompt;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One version. */
@ValidationRule(
    value = "self.model == oldSelf.model && self.messages == oldSelf.messages",
    message = "a version never changes; add another version")
@JsonIgnoreProperties(ignoreUnknown = true)
public record PromptVersion(
    @JsonPropertyDescription("Its number, unique in the template.") @Required @Min(1) @Max(1000000)
        int version,
    @JsonPropertyDescription("What the call sends as model.") @Required String model,
    @JsonPropertyDescription(
            "Parameters of the call, such as temperature, in the words of OpenAI's protocol; a call may override them, but not raise the bound of its tokens.")
        @PreserveUnknownFields
        @Nullable JsonNode parameters,
    @JsonPropertyDescription("The messages, in the order they are sent.") @Required
        List<PromptMessage> messages,
    @JsonPropertyDescription(
            "JSON Schema of the variables, of type object; no variables when absent.")
        @PreserveUnknownFields
        @Nullable JsonNode variables) {}
