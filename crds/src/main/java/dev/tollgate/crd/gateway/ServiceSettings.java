package dev.tollgate.crd.gateway;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the Service of a pool is reached from outside. */
@ValidationRule(
    value =
        "(has(self.type) && self.type == 'LoadBalancer') || (!has(self.loadBalancerClass) && !has(self.loadBalancerSourceRanges))",
    message = "loadBalancerClass and loadBalancerSourceRanges are for type LoadBalancer")
@ValidationRule(
    value = "!has(self.externalTrafficPolicy) || (has(self.type) && self.type != 'ClusterIP')",
    message = "externalTrafficPolicy is for type LoadBalancer or NodePort")
@JsonIgnoreProperties(ignoreUnknown = true)
public record ServiceSettings(
    @JsonPropertyDescription("ClusterIP, NodePort or LoadBalancer; ClusterIP when absent.")
        @Pattern("^(ClusterIP|NodePort|LoadBalancer)$")
        @Nullable String type,
    @JsonPropertyDescription("Annotations, such as those that a cloud's load balancer is told by.")
        @Nullable Map<String, String> annotations,
    @JsonPropertyDescription("Which load balancer; the cluster's own when absent. Never changes.")
        @Nullable String loadBalancerClass,
    @JsonPropertyDescription(
            "Addresses that may call, such as 192.0.2.0/24; all when absent, or where the load"
                + " balancer cannot do that.")
        @Nullable List<String> loadBalancerSourceRanges,
    @JsonPropertyDescription(
            "Cluster, or Local, which keeps the address of the caller; Cluster when absent.")
        @Pattern("^(Cluster|Local)$")
        @Nullable String externalTrafficPolicy,
    @JsonPropertyDescription(
            "Whether it has addresses of IPv4 and IPv6: SingleStack, PreferDualStack or"
                + " RequireDualStack; the cluster's default when absent.")
        @Pattern("^(SingleStack|PreferDualStack|RequireDualStack)$")
        @Nullable String ipFamilyPolicy) {}
