package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.tollgate.crd.access.Trust;
import dev.tollgate.crd.common.Toleration;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Replicas of the runtime and what they are connected to. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record GatewayPoolSpec(
    @JsonPropertyDescription(
            "What the replicas do; all when absent. Without Worker they do no billing; Api and Realtime"
                + " have no effect yet, as ResolvedRefs says where Api is left out.")
        @Nullable List<Role> roles,
    @JsonPropertyDescription("Open ports; one HTTP listener named http on 8080 when absent.")
        @Nullable List<Listener> listeners,
    @JsonPropertyDescription("How many.") @Nullable Replicas replicas,
    @JsonPropertyDescription("The durable log of usage.") @Nullable UsageLog usageLog,
    @JsonPropertyDescription("The ShardPool named default when absent.")
        @Nullable PlatformDatabase platformDatabase,
    @JsonPropertyDescription("Redis; needed by policies with backend Redis.") @Nullable Redis redis,
    @JsonPropertyDescription("Kafka; has no effect yet, as ResolvedRefs says.")
        @Nullable Kafka kafka,
    @JsonPropertyDescription("Lets scripts of web pages call; browsers refuse them when absent.")
        @Nullable Cors cors,
    @JsonPropertyDescription(
            "Addresses of the load balancers and ingresses in front of the replicas, such as"
                + " 10.0.0.0/8: of a request from one of these, X-Forwarded-For says who sent it, and"
                + " X-Forwarded-Proto whether over TLS. Believed of nobody when absent.")
        @Size(max = 64)
        @Nullable List<String> trustedProxies,
    @JsonPropertyDescription("The platform's tokens.") @Nullable List<Trust> trusts,
    @JsonPropertyDescription("Image of the runtime; the operator's default when absent.")
        @Nullable String image,
    @JsonPropertyDescription(
            "CPU and memory requests and limits: cpu, memory, cpuLimit, memoryLimit.")
        @Nullable Map<String, String> resources,
    @JsonPropertyDescription("The Service that is called; a ClusterIP when absent.")
        @Nullable ServiceSettings service,
    @JsonPropertyDescription("Labels of the nodes that the replicas may run on.")
        @Nullable Map<String, String> nodeSelector,
    @JsonPropertyDescription("Taints of nodes that the replicas put up with.")
        @Nullable List<Toleration> tolerations,
    @JsonPropertyDescription("How important the replicas' pods are; a PriorityClass.")
        @Nullable String priorityClassName,
    @JsonPropertyDescription("Labels of the replicas' pods, beside those that the operator sets.")
        @Nullable Map<String, String> podLabels,
    @JsonPropertyDescription("Annotations of the replicas' pods.")
        @Nullable Map<String, String> podAnnotations,
    @JsonPropertyDescription(
            "Environment variables of the replicas, such as those of OpenTelemetry.")
        @Nullable List<EnvVariable> env) {}
