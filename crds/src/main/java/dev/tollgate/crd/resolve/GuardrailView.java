package dev.tollgate.crd.resolve;

import dev.tollgate.crd.model.PersonalData;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is refused or masked. {@code Long.MAX_VALUE} is no bound; an empty {@code allow} lets every
 * text pass. Two are equal when their patterns have the same text.
 */
public record GuardrailView(
    long maxRequestBytes,
    long maxPromptTokens,
    long maxOutputTokens,
    List<Pattern> deny,
    List<Pattern> allow,
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

  // a Pattern equals only itself, and views are compared after every change
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof GuardrailView that
        && maxRequestBytes == that.maxRequestBytes
        && maxPromptTokens == that.maxPromptTokens
        && maxOutputTokens == that.maxOutputTokens
        && maskIn == that.maskIn
        && maskOut == that.maskOut
        && mask.equals(that.mask)
        && texts(deny).equals(texts(that.deny))
        && texts(allow).equals(texts(that.allow));
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        maxRequestBytes,
        maxPromptTokens,
        maxOutputTokens,
        texts(deny),
        texts(allow),
        mask,
        maskIn,
        maskOut);
  }

  private static List<String> texts(List<Pattern> patterns) {
    return patterns.stream().map(Pattern::pattern).toList();
  }
}
