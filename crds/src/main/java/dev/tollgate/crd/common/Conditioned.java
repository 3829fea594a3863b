package dev.tollgate.crd.common;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A status that says in conditions what became of its resource. */
public interface Conditioned {

  /** At most one of each type; null before the operator has looked at the resource. */
  @Nullable List<Condition> conditions();
}
