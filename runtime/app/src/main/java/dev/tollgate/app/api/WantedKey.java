package dev.tollgate.app.api;

import dev.tollgate.core.problems.Problem;
import dev.tollgate.gateway.body.ObjectBody;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a key is asked to be made with.
 *
 * @param scopes those of who asks where it is null
 * @param expires RFC 3339
 */
record WantedKey(@Nullable String label, @Nullable List<String> scopes, @Nullable String expires) {

  /** A scope-token of RFC 6749, 3.3. */
  private static final Pattern SCOPE = Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]{1,64}");

  /** The last second that RFC 3339 can write. */
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

  static WantedKey of(byte @Nullable [] body) {
    var members = ObjectBody.of(body, "label", "scopes", "expires");
    return new WantedKey(members.text("label"), members.texts("scopes"), members.text("expires"));
  }

  /** The scopes; those of who asks where none are named. */
  Set<String> scopes(Set<String> own) {
    return scopes == null ? own : Set.copyOf(scopes);
  }

  /** When it ends; null for never. To be asked for where nothing is {@link #wrong} alone. */
  @Nullable Instant end() {
    return expires == null ? null : Instant.parse(expires);
  }

  /** What is wrong with it, and what would be right; null when nothing is. */
  @Nullable Problem wrong() {
    var wrong = wrongLabel();
    wrong = wrong == null ? wrongScopes() : wrong;
    wrong = wrong == null ? wrongEnd() : wrong;
    return wrong == null ? null : Problem.of(422, "invalid-key", "Invalid key", wrong);
  }

  private @Nullable String wrongLabel() {
    // labels are shown in terminals, which obey control characters
    return label != null && (label.length() > 64 || label.codePoints().anyMatch(WantedKey::unfit))
        ? "A label has at most 64 characters, and no control characters."
        : null;
  }

  /** What turns the direction of a text, or is half a character, is worse than none. */
  private static boolean unfit(int character) {
    return Character.isISOControl(character)
        || Character.getType(character) == Character.SURROGATE
        || (character >= 0x202a && character <= 0x202e)
        || (character >= 0x2066 && character <= 0x2069);
  }

  private @Nullable String wrongScopes() {
    if (scopes == null) {
      return null;
    }
    for (var scope : scopes) {
      if (!SCOPE.matcher(scope).matches()) {
        return "A scope has 1 to 64 printable ASCII characters, without spaces, \" and \\.";
      }
    }
    return String.join(" ", scopes).length() > 1024
        ? "All scopes together have at most 1024 characters."
        : null;
  }

  private @Nullable String wrongEnd() {
    try {
      var end = end();
      return end == null || (end.isAfter(Instant.now()) && !end.isAfter(LAST))
          ? null
          : "expires is not between now and " + LAST + "; leave it out for a key that never does.";
    } catch (DateTimeException e) {
      return "expires is not a time such as 2027-01-01T00:00:00Z.";
    }
  }
}
