package dev.tollgate.crd.resolve;

import java.util.Map;

/** A prompt: versions by number, and labels that point to them. */
public record PromptView(
    String name,
    String displayName,
    Map<Integer, PromptVersionView> versions,
    Map<String, Integer> labels) {}
