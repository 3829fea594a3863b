package dev.tollgate.crd.view;

import dev.tollgate.crd.model.PersonalData;
import java.util.List;
import java.util.Set;

/**
 * What is refused or masked. {@code Long.MAX_VALUE} is no bound; an empty {@code allow} lets every
 * text pass. {@code deny} and {@code allow} are regular expressions of RE2's syntax.
 */
public record GuardrailView(
    long maxRequestBytes,
    long maxPromptTokens,
    long maxOutputTokens,
    List<String> deny,
    List<String> allow,
    Set<PersonalData> mask,
    boolean maskIn,
    boolean maskOut) {

  /** The greatest request where nothing is said: 1 MiB. */
  public static final long REQUEST_BYTES = 1L << 20;

  /** Nothing but the size of a request is bounded. */
  public static final GuardrailView NONE =
      new GuardrailView(
          REQUEST_BYTES,
          Long.MAX_VALUE,
          Long.MAX_VALUE,
          List.of(),
          List.of(),
          Set.of(),
          false,
          false);

  public GuardrailView {
    deny = List.copyOf(deny);
    allow = List.copyOf(allow);
    mask = Set.copyOf(mask);
  }
}
