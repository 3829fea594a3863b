package dev.tollgate.crd.view;

import java.util.List;

/**
 * One version of a prompt. {@code parameters} is a JSON object and {@code variables} a JSON Schema,
 * both as canonical text; {@code digest} is the SHA-256, in hex, of all the version says.
 */
public record PromptVersionView(
    int version,
    String model,
    String parameters,
    List<PromptMessageView> messages,
    String variables,
    String digest) {}
