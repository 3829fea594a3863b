package dev.tollgate.ai.prompt.template;

/** A compiled piece of a template: text, a value, a branch or a loop. */
@FunctionalInterface
interface Part {
  void render(Rendering rendering);
}
