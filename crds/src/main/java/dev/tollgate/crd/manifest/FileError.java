package dev.tollgate.crd.manifest;

/**
 * A document that could not be read. {@code document} counts from 1 in the file, each item of a
 * List for itself, and is 0 when the file as a whole is meant; {@code line} counts from 1 in the
 * file and is 0 when unknown; {@code path} is that of the field, empty for the whole document.
 */
public record FileError(String file, int document, int line, String path, String message) {

  /** As people read it: {@code file:line: path: message}. */
  @Override
  public String toString() {
    return file
        + (line > 0 ? ":" + line : "")
        + ": "
        + (path.isEmpty() ? "" : path + ": ")
        + message;
  }
}
