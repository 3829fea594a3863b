package dev.tollgate.crd.experiment;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** Compares versions of a prompt on live calls. */
@Group("tollgate.dev")
@Version("v1alpha1")
@ShortNames("tge")
@AdditionalPrinterColumn(name = "Prompt", jsonPath = ".spec.prompt")
@AdditionalPrinterColumn(
    name = "Calls",
    jsonPath = ".status.calls",
    type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Leader", jsonPath = ".status.leader")
@AdditionalPrinterColumn(name = "Decision", jsonPath = ".status.decision")
@AdditionalPrinterColumn(
    name = "Mismatch",
    jsonPath = ".status.conditions[?(@.type==\"SampleRatioMismatch\")].status")
@AdditionalPrinterColumn(
    name = "Programmed",
    jsonPath = ".status.conditions[?(@.type==\"Programmed\")].status")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public final class Experiment extends CustomResource<ExperimentSpec, ExperimentStatus>
    implements Namespaced {}
