package dev.tollgate.sites.json;

import java.time.Instant;
import java.util.List;

/** Remembers what each tenant lately did with the JSON tool, never with which document. */
public interface JsonHistory {

  /** How many operations of a tenant are kept. */
  int KEPT = 50;

  /**
   * Adds an operation, and forgets the tenant's oldest one beyond {@link #KEPT}.
   *
   * @throws java.io.UncheckedIOException when the operation could not be stored
   */
  void add(String tenantId, Operation operation);

  /**
   * The tenant's last operations, at most {@link #KEPT}, newest first.
   *
   * @throws java.io.UncheckedIOException when the store cannot be read
   */
  List<Operation> last(String tenantId);

  /**
   * One use of the tool.
   *
   * @param size bytes of the document that were read
   * @param at when it ended, to the millisecond
   */
  record Operation(Kind kind, long size, Instant at, Outcome outcome) {}

  /** What was asked for. */
  enum Kind {
    VALIDATE,
    FORMAT,
    MINIFY,
    DIFF
  }

  /** What came of it. */
  enum Outcome {
    /** The document was valid and the answer is complete. */
    DONE,
    /** The document was not valid. */
    INVALID,
    /** The document was larger than is accepted. */
    TOO_LARGE,
    /** The document did not arrive whole, or its sender did not wait for the answer. */
    ABORTED
  }
}
