package dev.tollgate.crd.view;

import org.jspecify.annotations.Nullable;

/** The pool, of gateways or of shards, that is meant where none is named. */
public final class DefaultPool {
  /** Its name. */
  public static final String NAME = "default";

  private DefaultPool() {}

  /** The pool named, or this one. */
  public static String or(@Nullable String name) {
    return name == null || name.isEmpty() ? NAME : name;
  }
}
