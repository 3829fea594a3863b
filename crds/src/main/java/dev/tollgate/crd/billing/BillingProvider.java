package dev.tollgate.crd.billing;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** Who sends the invoices and takes the money. */
@Group("tollgate.dev")
@Version("v1alpha1")
@ShortNames("tgb")
@AdditionalPrinterColumn(
    name = "Customers",
    jsonPath = ".status.customers",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Owing",
    jsonPath = ".status.owing",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Drift",
    jsonPath = ".status.drift",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
    name = "Accepted",
    jsonPath = ".status.conditions[?(@.type==\"Accepted\")].status")
@AdditionalPrinterColumn(
    name = "Reconciled",
    jsonPath = ".status.conditions[?(@.type==\"Reconciled\")].status")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class BillingProvider
    extends CustomResource<BillingProviderSpec, BillingProviderStatus> implements Namespaced {}
