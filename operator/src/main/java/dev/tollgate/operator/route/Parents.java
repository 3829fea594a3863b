package dev.tollgate.operator.route;

import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.LocalRef;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.route.HeaderValue;
import dev.tollgate.crd.route.ParentStatus;
import dev.tollgate.operator.conditions.SecretRefs;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What routes of any kind say alike: the pools that serve them, and headers with Secrets. */
public final class Parents {

  private Parents() {}

  /** Names of the pools; the default one when none is named. */
  public static Set<String> pools(@Nullable List<LocalRef> parents) {
    return parents == null || parents.isEmpty()
        ? Set.of("default")
        : parents.stream().map(LocalRef::name).collect(Collectors.toUnmodifiableSet());
  }

  /** The same conditions for each pool, in the order of their names. */
  public static List<ParentStatus> status(Set<String> pools, List<Condition> conditions) {
    return pools.stream()
        .sorted()
        .map(pool -> new ParentStatus(new LocalRef(pool, null), conditions))
        .toList();
  }

  /** Secrets of the authorities and the headers of the backend at {@code path}. */
  public static List<SecretRefs.Use> uses(
      @Nullable SecretRef authorities, @Nullable List<HeaderValue> headers, String path) {
    List<SecretRefs.Use> uses = new ArrayList<>();
    if (authorities != null) {
      uses.add(new SecretRefs.Use(path + ".caSecretRef", authorities, "upstream"));
    }
    for (int i = 0; headers != null && i < headers.size(); i++) {
      var secret = headers.get(i).valueSecretRef();
      if (secret != null) {
        uses.add(
            new SecretRefs.Use(path + ".headers[" + i + "].valueSecretRef", secret, "upstream"));
      }
    }
    return uses;
  }
}
