package dev.tollgate.crd.prompt;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** A prompt in versions that never change, and labels that point to them. */
@Group("tollgate.dev")
@Version("v1alpha1")
@ShortNames("tgpt")
@AdditionalPrinterColumn(
    name = "Latest",
    jsonPath = ".status.latest",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Labels", jsonPath = ".spec.labels[*].name")
@AdditionalPrinterColumn(
    name = "Accepted",
    jsonPath = ".status.conditions[?(@.type==\"Accepted\")].status")
@AdditionalPrinterColumn(
    name = "Programmed",
    jsonPath = ".status.conditions[?(@.type==\"Programmed\")].status")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class PromptTemplate extends CustomResource<PromptTemplateSpec, PromptTemplateStatus>
    implements Namespaced {}
