package dev.tollgate.ai.prompt.template;

/** A render that was given up: a bound was reached, or a value is not what an operation needs. */
public final class RenderException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RenderException(String what) {
    super(what, null, false, false);
  }
}
