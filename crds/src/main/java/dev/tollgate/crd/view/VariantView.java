package dev.tollgate.crd.view;

/** One side of an experiment and its share of the units. */
public record VariantView(String name, int version, int weight) {}
