package dev.tollgate.crd.view;

/** A message of a prompt, its text still a template. */
public record PromptMessageView(String role, String content) {}
