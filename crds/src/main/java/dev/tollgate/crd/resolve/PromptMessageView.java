package dev.tollgate.crd.resolve;

/** A message of a prompt, its text still a template. */
public record PromptMessageView(String role, String content) {}
