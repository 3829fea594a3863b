package dev.tollgate.crd.shard;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.common.Toleration;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Databases that tenants are spread over. */
@ValidationRule(
    value = "(self.engine == 'External') == (has(self.external) && self.external.size() > 0)",
    message = "an External pool lists its databases under external, and only an External pool does")
@ValidationRule(
    value = "(has(self.shards) ? self.shards : 1) >= (has(oldSelf.shards) ? oldSelf.shards : 1)",
    message = "shards may grow but never shrink")
@ValidationRule(
    value = "self.engine == oldSelf.engine",
    message = "the engine of a pool never changes; create another pool")
@JsonIgnoreProperties(ignoreUnknown = true)
public record ShardPoolSpec(
    @JsonPropertyDescription("Who runs the databases.") @Required Engine engine,
    @JsonPropertyDescription(
            "How many database servers, or files when Embedded; 1 when absent. May grow, never shrink.")
        @Min(1)
        @Max(256)
        @Nullable Integer shards,
    @JsonPropertyDescription(
            "Partitions of hash-spread tables per shard; 16 when absent. Has no effect yet.")
        @Min(1)
        @Max(256)
        @Default("16")
        @Nullable Integer partitions,
    @JsonPropertyDescription("Volume per shard of a Managed pool; 10Gi when absent.")
        @Nullable String storage,
    @JsonPropertyDescription("Image of a Managed pool.") @Nullable String image,
    @JsonPropertyDescription("Storage class of a Managed pool.") @Nullable String storageClassName,
    @JsonPropertyDescription("The databases of an External pool.")
        @Nullable List<ExternalShard> external,
    @JsonPropertyDescription("Labels of the nodes that a Managed pool's databases may run on.")
        @Nullable Map<String, String> nodeSelector,
    @JsonPropertyDescription("Taints of nodes that a Managed pool's databases put up with.")
        @Nullable List<Toleration> tolerations,
    @JsonPropertyDescription("How important a Managed pool's databases are; a PriorityClass.")
        @Nullable String priorityClassName) {}
