package dev.tollgate.operator.route;

import dev.tollgate.core.tenancy.SecretUse;
import dev.tollgate.crd.common.Condition;
import dev.tollgate.crd.common.LocalRef;
import dev.tollgate.crd.common.SecretRef;
import dev.tollgate.crd.route.HeaderValue;
import dev.tollgate.crd.route.ParentStatus;
import dev.tollgate.operator.conditions.Conditions;
import dev.tollgate.operator.conditions.Conditions.Wanted;
import dev.tollgate.operator.conditions.SecretRefs;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What routes of any kind say alike: the pools that serve them, and headers with Secrets. */
public final class Parents {

  private final Conditions conditions;
  private final List<ParentStatus> before;
  private final @Nullable Long generation;

  /**
   * Of one route.
   *
   * @param before what its status says of its pools
   */
  public Parents(
      Conditions conditions, @Nullable List<ParentStatus> before, @Nullable Long generation) {
    this.conditions = conditions;
    this.before = before == null ? List.of() : before;
    this.generation = generation;
  }

  /** Names of the pools; the default one when none is named. */
  public static Set<String> pools(@Nullable List<LocalRef> parents) {
    return parents == null || parents.isEmpty()
        ? Set.of("default")
        : parents.stream().map(LocalRef::name).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * The route's conditions for each pool that it names, in the order of their names; one that does
   * not serve it says so.
   */
  public List<ParentStatus> status(Set<String> named, Set<String> serving, List<Condition> all) {
    return named.stream()
        .sorted()
        .map(pool ->
            new ParentStatus(
                new LocalRef(pool, null), serving.contains(pool) ? all : unserved(pool, all)))
        .toList();
  }

  private List<Condition> unserved(String pool, List<Condition> all) {
    var old =
        before.stream()
            .filter(parent -> parent.parentRef().name().equals(pool))
            .findFirst()
            .map(ParentStatus::conditions)
            .orElse(null);
    var no =
        Wanted.no(
            "Programmed",
            "NotResolved",
            "GatewayPool " + pool + " does not serve it; see ResolvedRefs.");
    return all.stream()
        .flatMap(condition ->
            condition.type().equals(no.type())
                ? conditions.update(old, generation, List.of(no)).stream()
                : Stream.of(condition))
        .toList();
  }

  /** Secrets of the authorities and the headers of the backend at {@code path}. */
  public static List<SecretRefs.Use> uses(
      @Nullable SecretRef authorities, @Nullable List<HeaderValue> headers, String path) {
    List<SecretRefs.Use> uses = new ArrayList<>();
    if (authorities != null) {
      uses.add(new SecretRefs.Use(path + ".caSecretRef", authorities, SecretUse.UPSTREAM));
    }
    for (int i = 0; headers != null && i < headers.size(); i++) {
      var secret = headers.get(i).valueSecretRef();
      if (secret != null) {
        uses.add(
            new SecretRefs.Use(
                path + ".headers[" + i + "].valueSecretRef", secret, SecretUse.UPSTREAM));
      }
    }
    return uses;
  }
}
