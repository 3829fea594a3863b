package dev.tollgate.crd.resolve.route;

import dev.tollgate.crd.finding.Findings;
import dev.tollgate.crd.manifest.Manifests;
import dev.tollgate.crd.route.Requires;
import dev.tollgate.crd.value.Names;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a route asks of its callers, and whether anybody can have it. */
final class Requirements {

  /** A scope-token of RFC 6749, 3.3, as long as that of a key may be. */
  private static final Pattern SCOPE = Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]{1,64}");

  private Requirements() {}

  static void check(@Nullable Requires requires, Manifests manifests, Findings to) {
    if (requires == null) {
      return;
    }
    String scope = requires.scope();
    if (scope != null && !SCOPE.matcher(scope).matches()) {
      to.unresolved(
          "ScopeNotGrantable",
          "spec.requires.scope",
          "no key or token can have the scope '"
              + Names.printable(scope)
              + "', so only those with every scope may call; name one scope of at most 64"
              + " characters, without spaces, like weather:read");
    }
    String feature = requires.feature();
    if (feature != null
        && manifests.plans().values().stream()
            .noneMatch(plan ->
                plan.getSpec() != null
                    && plan.getSpec().features() != null
                    && plan.getSpec().features().contains(feature))) {
      to.unresolved(
          "FeatureNotFound",
          "spec.requires.feature",
          "no plan has the feature "
              + Names.printable(feature)
              + ", so everybody is refused; add it to features of a plan or name another");
    }
  }
}
