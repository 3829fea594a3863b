package dev.tollgate.crd.finding;

/**
 * Something wrong with one resource: the condition it makes false, a CamelCase reason, a sentence
 * that says what to do, and the path of the field.
 */
public record Finding(
    String kind, String name, String condition, String reason, String message, String path) {}
