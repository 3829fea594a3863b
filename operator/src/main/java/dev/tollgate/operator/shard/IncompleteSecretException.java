package dev.tollgate.operator.shard;

/** A Secret of a shard lacks a key; the message says which, and what to do. */
final class IncompleteSecretException extends Exception {

  private static final long serialVersionUID = 1;

  IncompleteSecretException(String secret, String key) {
    super(
        "Secret %s has no key %s; put it back, or delete the Secret to have it made anew."
            .formatted(secret, key));
  }
}
