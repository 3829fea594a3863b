package dev.tollgate.ai.prompt.template;

/** A template that cannot be compiled, and where it is wrong. */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int line;
  private final int column;

  TemplateException(String what, int line, int column) {
    super("line " + line + ", column " + column + ": " + what);
    this.line = line;
    this.column = column;
  }

  /** Line of the template, from 1. */
  public int line() {
    return line;
  }

  /** Column in UTF-16 units, from 1. */
  public int column() {
    return column;
  }
}
