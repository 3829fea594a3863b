package dev.tollgate.crd.resolve;

import org.jspecify.annotations.Nullable;

/** The pool, of gateways or of shards, that is meant where none is named. */
final class DefaultPool {
  static final String NAME = "default";

  private DefaultPool() {}

  /** The pool named, or this one. */
  static String or(@Nullable String name) {
    return name == null || name.isEmpty() ? NAME : name;
  }
}
