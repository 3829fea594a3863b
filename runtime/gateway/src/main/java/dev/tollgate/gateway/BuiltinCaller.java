package dev.tollgate.gateway;

import dev.tollgate.core.access.Principal;
import java.util.List;
import java.util.function.Function;

/**
 * Who calls a built-in product, as a request attribute.
 *
 * @param plansWith names of the plans that have a feature
 */
public record BuiltinCaller(Principal principal, Function<String, List<String>> plansWith) {

  /** Name of the attribute. */
  public static final String ATTRIBUTE = "tollgate.builtin-caller";
}
