package dev.tollgate.operator.resolution;

import dev.tollgate.operator.conditions.Conditions;
import dev.tollgate.operator.conditions.Events;
import io.fabric8.kubernetes.client.KubernetesClient;

/**
 * What every reconciler of a namespace works with.
 *
 * @param operatorNamespace where the operator itself runs
 */
public record Surroundings(
    KubernetesClient client,
    Resolution resolution,
    Replicas replicas,
    Programming programming,
    Conditions conditions,
    Events events,
    String operatorNamespace) {}
