package dev.tollgate.crd.plan;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** What is sold: a price, included quantities, overage, features. */
@Group("tollgate.dev")
@Version("v1alpha1")
@ShortNames("tgp")
@AdditionalPrinterColumn(name = "Price", jsonPath = ".spec.price.amount")
@AdditionalPrinterColumn(name = "Currency", jsonPath = ".spec.price.currency")
@AdditionalPrinterColumn(
    name = "Accepted",
    jsonPath = ".status.conditions[?(@.type==\"Accepted\")].status")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class Plan extends CustomResource<PlanSpec, PlanStatus> implements Namespaced {}
