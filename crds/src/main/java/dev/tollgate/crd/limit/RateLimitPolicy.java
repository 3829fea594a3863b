package dev.tollgate.crd.limit;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** Rate limits and budgets. */
@Group("tollgate.dev")
@Version("v1alpha1")
@ShortNames("tgl")
@AdditionalPrinterColumn(name = "Backend", jsonPath = ".spec.backend")
@AdditionalPrinterColumn(
    name = "Accepted",
    jsonPath = ".status.conditions[?(@.type==\"Accepted\")].status")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class RateLimitPolicy
    extends CustomResource<RateLimitPolicySpec, RateLimitPolicyStatus> implements Namespaced {}
