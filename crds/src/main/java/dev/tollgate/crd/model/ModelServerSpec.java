package dev.tollgate.crd.model;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Toleration;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs language models. */
@ValidationRule(
    value = "self.models.all(m, !has(m.from) || !has(m.from.path) || has(self.volume))",
    message = "a model file by path needs a volume")
@JsonIgnoreProperties(ignoreUnknown = true)
public record ModelServerSpec(
    @JsonPropertyDescription("The program that runs them; Ollama when absent.") @Default("Ollama")
        @Nullable ModelEngine engine,
    @JsonPropertyDescription("The models that it holds.") @Required List<ServedModel> models,
    @JsonPropertyDescription("How many replicas; each holds every model. 1 when absent.")
        @Min(1)
        @Max(64)
        @Default("1")
        @Nullable Integer replicas,
    @JsonPropertyDescription("Volume per replica for the models; 20Gi when absent.")
        @Default("20Gi")
        @Nullable String storage,
    @JsonPropertyDescription("Storage class of these volumes.") @Nullable String storageClassName,
    @JsonPropertyDescription("Image of the engine; the operator's default when absent.")
        @Nullable String image,
    @JsonPropertyDescription(
            "CPU and memory requests and limits: cpu, memory, cpuLimit, memoryLimit.")
        @Nullable Map<String, String> resources,
    @JsonPropertyDescription("Graphics processors of each replica.") @Nullable Gpu gpu,
    @JsonPropertyDescription("Labels of the nodes that it may run on.")
        @Nullable Map<String, String> nodeSelector,
    @JsonPropertyDescription("Taints of nodes that it puts up with.")
        @Nullable List<Toleration> tolerations,
    @JsonPropertyDescription("How important the replicas' pods are; a PriorityClass.")
        @Nullable String priorityClassName,
    @JsonPropertyDescription("A volume with model files, mounted read-only at /models.")
        @Nullable ModelVolume volume,
    @JsonPropertyDescription(
            "Calls that one replica works on at once, per model; the engine decides when absent.")
        @Min(1)
        @Max(512)
        @Nullable Integer parallel,
    @JsonPropertyDescription(
            "Tokens of prompt and answer together that a model is loaded for, each of parallel calls; the engine decides when absent. Callers cannot change it.")
        @Min(256)
        @Max(16777216)
        @Nullable Integer contextTokens,
    @JsonPropertyDescription(
            "How long a model stays in memory after its last call; 24h when absent.")
        @Default("24h")
        @Pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$")
        @Nullable String keepLoaded) {}
