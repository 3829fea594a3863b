package dev.tollgate.crd.view;

/** Units of a meter since the last invoice that the next one is sent for. */
public record InvoiceThresholdView(String meter, long quantity) {}
