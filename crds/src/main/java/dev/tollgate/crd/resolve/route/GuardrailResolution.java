package dev.tollgate.crd.resolve.route;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.model.Guardrails;
import dev.tollgate.crd.model.Mask;
import dev.tollgate.crd.model.PersonalData;
import dev.tollgate.crd.view.GuardrailView;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a model route refuses or masks. Expressions are RE2's, which take time in proportion to the
 * text: with those that go back, a caller could send a text that keeps a thread busy for ever.
 */
final class GuardrailResolution {
  private static final int LONGEST = 512;

  private GuardrailResolution() {}

  static GuardrailView resolve(@Nullable Guardrails given, Findings to) {
    if (given == null) {
      return GuardrailView.NONE;
    }
    Mask mask = given.mask();
    Set<PersonalData> kinds =
        mask == null || mask.kinds().isEmpty() ? Set.of() : EnumSet.copyOf(mask.kinds());
    boolean in = mask != null && !Boolean.FALSE.equals(mask.requests());
    boolean out = mask != null && !Boolean.FALSE.equals(mask.responses());
    if (mask != null && (kinds.isEmpty() || (!in && !out))) {
      to.refuse(
          "NothingMasked",
          "spec.guardrails.mask",
          "the mask hides nothing; name kinds, and leave requests or responses true, or remove it");
    }
    return new GuardrailView(
        given.maxRequestBytes() == null ? GuardrailView.REQUEST_BYTES : given.maxRequestBytes(),
        given.maxPromptTokens() == null ? Long.MAX_VALUE : given.maxPromptTokens(),
        given.maxOutputTokens() == null ? Long.MAX_VALUE : given.maxOutputTokens(),
        patterns(given.deny(), "spec.guardrails.deny", to),
        patterns(given.allow(), "spec.guardrails.allow", to),
        kinds,
        in,
        out);
  }

  private static List<String> patterns(@Nullable List<String> texts, String path, Findings to) {
    if (texts == null) {
      return List.of();
    }
    List<String> patterns = new ArrayList<>(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      String at = path + "[" + i + "]";
      Pattern pattern = pattern(texts.get(i), at, to);
      if (pattern != null && pattern.matcher("").find()) {
        to.refuse(
            "PatternMatchesAll",
            at,
            "the expression is found in every text, even an empty one; make it narrower");
      } else if (pattern != null) {
        patterns.add(pattern.pattern());
      }
    }
    return List.copyOf(patterns);
  }

  private static @Nullable Pattern pattern(String text, String path, Findings to) {
    if (text.length() > LONGEST) {
      to.refuse(
          "PatternTooLong",
          path,
          "the expression has more than " + LONGEST + " characters; split it into several");
      return null;
    }
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException bad) {
      to.refuse(
          "BadPattern",
          path,
          "this is not a regular expression of RE2's syntax ("
              + bad.getDescription()
              + (bad.getPattern().isEmpty() ? "" : ": " + bad.getPattern())
              + "); correct it");
      return null;
    }
  }
}
