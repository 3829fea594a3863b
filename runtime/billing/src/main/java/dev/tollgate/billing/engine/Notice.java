package dev.tollgate.billing.engine;

/**
 * An event that the engine told of. It says only what to look at: what is true is asked anew.
 *
 * @param id of the event; told again, it is the same
 */
public record Notice(String id, String type, Subject subject) {

  /** What the event is about. */
  public sealed interface Subject {
    record Invoice(String id) implements Subject {}

    /** All refunds of a payment. */
    record Charge(String id) implements Subject {}

    record Refund(String id) implements Subject {}

    record Dispute(String id) implements Subject {}

    record Checkout(String id) implements Subject {}

    /** Nothing that billing looks at. */
    record Other() implements Subject {}
  }
}
