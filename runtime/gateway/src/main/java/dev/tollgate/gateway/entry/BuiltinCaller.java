package dev.tollgate.gateway.entry;

import dev.tollgate.core.access.Principal;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * Who calls a built-in product, as a request attribute.
 *
 * @param plansWith names of the plans that have a feature
 * @param received takes the bytes of a body that came without stating its length
 */
public record BuiltinCaller(
    Principal principal, Function<String, List<String>> plansWith, LongConsumer received) {

  /** Name of the attribute. */
  public static final String ATTRIBUTE = "tollgate.builtin-caller";
}
